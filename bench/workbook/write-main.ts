/** The process that is measured: `write-main.ts FILES.json WORKBOOK`. */
import { readFile } from 'node:fs/promises';
import type { ReportSource } from '../../core/report/source.ts';
import { writeReport } from '../../runner/report/write-report.ts';
import { decompressLineBlocks } from '../../runner/sql/scope-reader.ts';
import { readOutcomeBlocks } from '../../runner/stages/outcome-file.ts';
import type { SourceFiles } from './files.ts';

const [filesPath = '', workbookPath = ''] = process.argv.slice(2);
const files = JSON.parse(await readFile(filesPath, 'utf8')) as SourceFiles;

const VARIABLES = [
  { name: 'code', type: 'String' },
  { name: 'full_name', type: 'String' },
  { name: 'email', type: 'Email' },
  { name: 'amount', type: 'Number' },
  { name: 'quantity', type: 'Number' },
  { name: 'joined', type: 'Date' },
  { name: 'seen_at', type: 'DateTime' },
  { name: 'is_active', type: 'Boolean' },
] as const;

const { statuses, rows } = files;
const source: ReportSource = {
  execution: {
    id: 'workbook',
    namespace: 'bench',
    connector: 'members',
    mode: 'Live',
    phase: statuses.Failed === undefined ? 'Succeeded' : 'PartialSuccess',
    startedAt: '2026-01-01T00:00:00Z',
    endedAt: '2026-01-01T00:00:01Z',
    durationMs: 1000,
    triggeredBy: null,
    inputFile: 'members.csv',
    error: null,
  },
  inputs: [{ table: 'members', rows }],
  scopes: [
    {
      name: 'members',
      rows,
      rejected: statuses.Rejected ?? 0,
      unchangedByDiff: 0,
      columns: [],
      formats: {},
      variables: VARIABLES,
      sample: async function* () {
        // The SQL's own rows are a hundred at most.
      },
      file: files.scope,
      readRows: () => decompressLineBlocks(files.scope),
    },
  ],
  steps: [
    {
      name: 'members',
      object: 'member',
      scope: 'members',
      created: statuses.Created ?? 0,
      updated: statuses.Updated ?? 0,
      unarchived: 0,
      unchanged: 0,
      skippedByRule: 0,
      skippedAmbiguous: 0,
      failed: statuses.Failed ?? 0,
      notProcessed: 0,
      warnedRows: files.warned,
    },
  ],
  warnings: [],
  maxRows: Number.MAX_SAFE_INTEGER,
  outcomes: (step) => readOutcomeBlocks(files.outcomes, files.outcomeIndex, step),
};
console.log(JSON.stringify(await writeReport(source, workbookPath)));
