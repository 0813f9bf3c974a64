/** The process that is measured: `read-main.ts FILE WORKSPACE`. */
import { completeReading } from '../../core/intake/reading.ts';
import { runIntake } from '../../runner/intake/run-intake.ts';

const [inputPath = '', workspace = ''] = process.argv.slice(2);
const connector = {
  type: 'Spreadsheet',
  spreadsheet: completeReading({}),
  webhook: { bodySchema: null },
  sql: null,
} as const;
const scheduledTime = '2026-01-01T00:00:00.000Z';
console.log(JSON.stringify(await runIntake({ connector, inputPath, fileName: null, workspace, scheduledTime })));
