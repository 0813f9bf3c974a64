import { AppError } from '../../../core/errors/app-error.ts';
import { writeReport } from '../../../runner/report/write-report.ts';
import { aScope, aScopeRow, aSource, anOutcome } from '../../unit/report/report-source.ts';

// Started by a test with a limit on the size of files; prints the code of the error.
const rows = Array.from({ length: 100_000 }, (_, index) =>
  aScopeRow({ row: index + 1, values: [String(index * 7919).repeat(4)] }),
);
const outcomes = rows.map(({ row }) => anOutcome({ row }));
const variables = [{ name: 'sku', type: 'String' as const }];
const source = aSource({ scopes: [aScope({ name: 'products', variables, rows })], outcomes });
try {
  await writeReport(source, process.argv[2] ?? '');
} catch (error) {
  console.log(error instanceof AppError ? error.code : String(error));
}
