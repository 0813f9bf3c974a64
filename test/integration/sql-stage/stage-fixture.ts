import { completeReading } from '../../../core/intake/reading.ts';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdditionalVariableModel, ConnectorModel, VariableModel } from '../../../core/model/connector.ts';
import type { InputTable, ScopeRow, SqlResult } from '../../../core/model/stages.ts';
import { runSqlStage, type SqlStageRequest } from '../../../runner/sql/run-sql-stage.ts';
import { startSqlProcess } from '../../../runner/sql/sql-process.ts';
import { baselineFile } from '../../../runner/sql/sql-job.ts';
import { readScope } from '../../../runner/sql/scope-reader.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';

export const variable = (name: string, change: Partial<VariableModel> = {}): VariableModel => ({
  name,
  type: 'String',
  column: name,
  required: false,
  arrayDelimiter: null,
  inputFormat: null,
  outputFormat: null,
  phoneRegion: null,
  path: `spec.executionVariables[${name}]`,
  ...change,
});

export interface StageCase {
  readonly script?: string | null;
  readonly tables?: Readonly<Record<string, readonly (readonly (string | null)[])[]>>;
  readonly scopes?: Readonly<Record<string, readonly VariableModel[]>>;
  readonly limits?: Partial<ConnectorModel['limits']>;
  readonly change?: Partial<ConnectorModel>;
  readonly referenceData?: SqlStageRequest['referenceData'];
  readonly execution?: SqlStageRequest['execution'];
  readonly literals?: readonly AdditionalVariableModel[];
  /** Hashes by scope. */
  readonly baselines?: Readonly<Record<string, readonly string[]>>;
  readonly prepare?: (workspace: string) => Promise<void>;
  /** Starts the process before anything is there for it. */
  readonly startsFirst?: boolean;
}

export interface StageOutcome extends SqlResult {
  readonly rows: Readonly<Record<string, readonly ScopeRow[]>>;
  readonly samples: Readonly<Record<string, string>>;
  /** Hashes of all rows, hex, with whether they are unchanged. */
  readonly hashes: Readonly<Record<string, readonly (readonly [row: number, unchanged: boolean, hash: string])[]>>;
}

/** Runs the stage as a user's run does: in its own process, on a workspace of its own. The first row of a table is its header. */
export async function runStage(given: StageCase): Promise<StageOutcome> {
  const workspace = await mkdtemp(join(tmpdir(), 'sql-stage-'));
  const connector = buildConnector(given);
  const started = given.startsFirst === true ? await startSqlProcess(connector, workspace) : null;
  try {
    await mkdir(join(workspace, 'input'));
    await mkdir(join(workspace, 'baseline'));
    for (const [scope, hashes] of Object.entries(given.baselines ?? {})) {
      await writeFile(join(workspace, baselineFile(scope)), Buffer.from(hashes.join(''), 'hex'));
    }
    await given.prepare?.(workspace);
    const tables = await Promise.all(
      Object.entries(given.tables ?? DEFAULT_TABLES).map(([name, rows], page) =>
        writeTable(workspace, name, page, rows),
      ),
    );
    const intake = { tables, warnings: [], failure: null };
    const { referenceData = [], execution = {} } = given;
    const result = await runSqlStage(
      { mode: 'Run', workspace, connector, intake, referenceData, execution },
      { secrets: {} },
      started,
    );
    const rows: Record<string, ScopeRow[]> = {};
    const samples: Record<string, string> = {};
    const hashes: Record<string, [number, boolean, string][]> = {};
    for (const scope of result.scopes) {
      const model = connector.scopes.find(({ name }) => name === scope.name || name === '');
      rows[scope.name] = [];
      for await (const batch of readScope(join(workspace, scope.file), scope, model?.variables ?? [], 1000)) {
        rows[scope.name]?.push(...batch);
      }
      const bytes = await readFile(join(workspace, scope.hashFile));
      // They come in any order.
      hashes[scope.name] = Array.from({ length: bytes.length / 21 }, (_, index): [number, boolean, string] => {
        const at = index * 21;
        return [bytes.readUInt32LE(at), bytes[at + 4] === 1, bytes.toString('hex', at + 5, at + 21)];
      }).sort(([a], [b]) => a - b);
      samples[scope.name] = await readFile(join(workspace, scope.sampleFile), 'utf8');
    }
    return { ...result, rows, samples, hashes };
  } finally {
    await started?.dispose();
    await rm(workspace, { recursive: true, force: true });
  }
}

const DEFAULT_TABLES = {
  items: [
    ['sku', 'price'],
    ['a', '1.50'],
    ['b', 'x'],
    [null, '3'],
  ],
} as const;

async function writeTable(
  workspace: string,
  name: string,
  page: number,
  [header = [], ...rows]: readonly (readonly (string | null)[])[],
): Promise<InputTable> {
  const file = `input/${page}.tsv`;
  const lines = rows.map((row, index) => `${[String(index + 1), ...row.map(escapeField)].join('\t')}\n`);
  await writeFile(join(workspace, file), lines.join(''));
  const headers = header.map(String);
  const columns = headers.map((column) => ({ name: column, type: 'Nullable(String)' }));
  return { name, sourceName: name, page, columns, headers, written: null, rows: rows.length, file };
}

function buildConnector({ script, scopes, limits, change, literals }: StageCase): ConnectorModel {
  return {
    namespace: 'default',
    name: 'test',
    type: 'Spreadsheet',
    active: true,
    timeZone: 'UTC',
    phoneRegion: null,
    spreadsheet: completeReading({ formats: ['CSV'] }),
    webhook: { bodySchema: null },
    schedule: null,
    sql:
      script == null
        ? null
        : {
            script,
            origin: { path: 'spec.sql.script', file: 'connector.yaml', firstLine: 10, indent: 4 },
            sample: null,
            parameters: { region: 'west' },
            settings: {},
          },
    limits: { memoryBytes: 2 ** 30, seconds: 60, threads: 1, rows: 1_000_000, ...limits },
    referenceData: [],
    externalSources: [],
    scopes: Object.entries(scopes ?? { '': [variable('sku'), variable('price', { type: 'Number' })] }).map(
      ([name, variables]) => ({ name, variables }),
    ),
    additionalVariables: literals ?? [],
    steps: [],
    diffCheck: false,
    abortIf: [],
    maxExecutions: 1,
    reportMaxRows: 1000,
    ...change,
  };
}
