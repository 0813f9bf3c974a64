import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { FAULT_POINTS } from '../../../runner/faults/fault-point.ts';
import { OPERATOR_FAULT_POINTS } from '../../../runner/faults/operator-fault-points.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FILE_WRITERS = [
  'rename',
  'copyFile',
  'writeFile',
  'writeFileSync',
  'createWriteStream',
  'appendFile',
  'truncate',
];
/** Of the API server, as members of something called `api`; by the operator: whoever uses the command line is told. */
const API_WRITERS = ['create', 'patch', 'replace', 'delete'];
const STATEMENT = /^\s*(COMMIT|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|TRUNCATE)\b/;

const IN_WORKSPACE = 'into a workspace, which the next attempt makes anew';
const IN_TRANSACTION = 'within a transaction that commits at a fault point';
const BY_CALLER = 'one statement, at the fault point that its caller names';
const IN_SESSION = 'gone with the session or the process';
const FOR_PEOPLE = 'a copy for whoever asked for it, made again by the same command';
const FINISHED_LATER = 'a file that putInPlace gives its name';

/** Writes that have no fault point, by file: what they are, and why they need none. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cli/cluster/commands/download.ts': { createWriteStream: FOR_PEOPLE, rename: FOR_PEOPLE },
  'cli/commands/executions.ts': { copyFile: FOR_PEOPLE },
  'cli/commands/init.ts': { writeFile: FOR_PEOPLE },
  'operator/database/connector-validations.ts': {
    UPDATE: BY_CALLER,
    'DELETE FROM': 'tidying, which the next validation does as well',
  },
  'operator/database/execution-queue.ts': { 'DELETE FROM': IN_TRANSACTION, 'INSERT INTO': IN_TRANSACTION },
  'operator/database/execution-requests.ts': { 'INSERT INTO': BY_CALLER, UPDATE: BY_CALLER },
  'operator/database/namespace-role.ts': {
    ALTER: IN_TRANSACTION,
    CREATE: IN_TRANSACTION,
    'INSERT INTO': IN_TRANSACTION,
  },
  'operator/database/retention.ts': { 'DELETE FROM': 'tidying, which the next leader does as well' },
  'operator/database/schedule-ledger.ts': { 'INSERT INTO': IN_TRANSACTION, UPDATE: BY_CALLER },
  'operator/database/shared-key.ts': { 'INSERT INTO': 'one statement, and the next replica finds it or makes it' },
  'operator/database/stored-run.ts': { UPDATE: BY_CALLER },
  'runner/artifacts/artifact-store.ts': {
    createWriteStream: IN_WORKSPACE,
    'INSERT INTO': IN_TRANSACTION,
    UPDATE: IN_TRANSACTION,
  },
  'runner/artifacts/execution-files.ts': { copyFile: FINISHED_LATER, createWriteStream: FINISHED_LATER },
  'runner/artifacts/piece-store.ts': {
    createWriteStream: IN_WORKSPACE,
    'INSERT INTO': IN_TRANSACTION,
    'DELETE FROM': IN_TRANSACTION,
  },
  'runner/container/close-execution.ts': { UPDATE: IN_TRANSACTION },
  'runner/container/handoff-file.ts': { rename: IN_WORKSPACE, writeFile: IN_WORKSPACE },
  'runner/container/mounted-input.ts': { createWriteStream: IN_WORKSPACE },
  'runner/diff/baseline-store.ts': { 'INSERT INTO': IN_TRANSACTION },
  'runner/diff/baseline.ts': { copyFile: IN_WORKSPACE, createWriteStream: IN_WORKSPACE },
  'runner/diff/mark-unchanged.ts': { writeFileSync: IN_WORKSPACE },
  'runner/diff/next-baseline.ts': { writeFileSync: IN_WORKSPACE },
  'runner/diff/partitions.ts': { writeFileSync: IN_WORKSPACE },
  'runner/diff/revert-fold.ts': { createWriteStream: IN_WORKSPACE },
  'runner/diff/row-file.ts': { writeFileSync: IN_WORKSPACE },
  'runner/diff/run-folds.ts': { writeFile: IN_WORKSPACE },
  'runner/executions/begin-attempt.ts': { UPDATE: IN_TRANSACTION },
  'runner/executions/control-schema.ts': {
    ALTER: IN_TRANSACTION,
    CREATE: IN_TRANSACTION,
    'INSERT INTO': IN_TRANSACTION,
    UPDATE: IN_TRANSACTION,
  },
  'runner/executions/executions.ts': { UPDATE: IN_TRANSACTION },
  'runner/executions/progress.ts': { UPDATE: 'for people who wait; the next one comes two seconds later' },
  'runner/executions/validations.ts': {
    'INSERT INTO': 'asked for again where it is not there',
    UPDATE: 'one answer in one statement; a validation without one is tried again',
  },
  'runner/intake/legacy-main.ts': { createWriteStream: IN_WORKSPACE },
  'runner/intake/schedule-table.ts': { writeFile: IN_WORKSPACE },
  'runner/load/chunk-store.ts': { 'INSERT INTO': IN_TRANSACTION },
  'runner/load/live-writes.ts': { 'INSERT INTO': IN_TRANSACTION },
  'runner/load/object-relation.ts': { CREATE: IN_SESSION },
  'runner/load/write-records.ts': {
    CREATE: IN_SESSION,
    UPDATE: IN_TRANSACTION,
    DROP: IN_SESSION,
    'DELETE FROM': IN_SESSION,
  },
  'runner/postgres/apply-migration.ts': { CREATE: IN_TRANSACTION },
  'runner/postgres/matching-indexes.ts': { CREATE: 'the text of what ensureIndex runs at a fault point' },
  'runner/postgres/object-lock.ts': { 'INSERT INTO': IN_TRANSACTION },
  'runner/postgres/object-migration.ts': { CREATE: IN_TRANSACTION, DROP: IN_TRANSACTION, ALTER: IN_TRANSACTION },
  'runner/postgres/pool.ts': { COMMIT: 'at the fault point that the caller names' },
  'runner/postgres/records.ts': { UPDATE: IN_TRANSACTION },
  'runner/postgres/reference-data.ts': { createWriteStream: IN_WORKSPACE },
  'runner/report/page/write-page.ts': { appendFile: FINISHED_LATER },
  'runner/report/zip-package.ts': { appendFile: FINISHED_LATER },
  'runner/revert/effects.ts': { createWriteStream: FINISHED_LATER, writeFile: FINISHED_LATER },
  'runner/revert/revert-events.ts': { 'INSERT INTO': IN_TRANSACTION },
  'runner/revert/revert-records.ts': { UPDATE: IN_TRANSACTION },
  'runner/stages/outcome-file.ts': { createWriteStream: FINISHED_LATER, writeFile: FINISHED_LATER },
  'runner/stages/rejected-rows.ts': { createWriteStream: FOR_PEOPLE },
  'runner/stages/validate-connector.ts': { writeFile: IN_WORKSPACE },
};

/** The database server has durability of its own, and the SQL process can write nothing but its workspace. */
const OTHER_PROCESSES = ['runner/postgres/embedded/', 'runner/sql/', 'runner/chdb/'];
/** Uploads end with their request, and Leases and events are there to be lost. */
const OF_NO_STEP = ['operator/http/', 'operator/runtime/'];

interface Found {
  readonly elsewhere: Readonly<Record<string, readonly string[]>>;
  readonly points: readonly string[];
  readonly transactions: readonly string[];
}

function search(paths: readonly string[]): Found {
  const elsewhere: Record<string, string[]> = {};
  const points: string[] = [];
  const transactions: string[] = [];
  for (const path of paths) {
    const file = relative(ROOT, path);
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const note = (write: string): void => {
      const writes = (elsewhere[file] ??= []);
      if (!writes.includes(write)) writes.push(write);
    };
    const visit = (node: ts.Node, isDurable: boolean): void => {
      let durable = isDurable;
      if (ts.isCallExpression(node)) {
        const name = ts.isPropertyAccessExpression(node.expression)
          ? node.expression.name.text
          : node.expression.getText();
        if (name === 'durably') durable = true;
        if (FILE_WRITERS.includes(name) && !durable) note(name);
        if (file.startsWith('operator/') && isApiCall(node.expression) && API_WRITERS.includes(name) && !durable)
          note(`api.${name}`);
        for (const argument of node.arguments) if (ts.isStringLiteral(argument)) points.push(argument.text);
        if (/^(in|with)Transaction$/.test(name))
          transactions.push(`${file}: ${node.arguments.at(-1)?.getText() ?? ''}`);
      }
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'point' && ts.isStringLiteral(node.initializer)) {
        points.push(node.initializer.text);
      }
      const text = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? node.text : null;
      const head = ts.isTemplateExpression(node) ? node.head.text : text;
      const statement = STATEMENT.exec(head ?? '')?.[1];
      if (statement !== undefined && !durable) note(statement);
      node.forEachChild((child) => visit(child, durable));
    };
    visit(source, false);
  }
  return { elsewhere, points, transactions };
}

const isApiCall = (called: ts.Expression): boolean =>
  ts.isPropertyAccessExpression(called) && /(^|[.#])api$/.test(called.expression.getText());

const files = ['runner', 'cli', 'operator']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => ![...OTHER_PROCESSES, ...OF_NO_STEP].some((folder) => relative(ROOT, path).startsWith(folder)));
const found = search(files);

test('every write to a file, the database or the API server is at a fault point, or listed here with why it needs none', () => {
  const listed = Object.fromEntries(
    Object.entries(ELSEWHERE).map(([file, writes]) => [file, Object.keys(writes).sort()]),
  );
  const written = Object.fromEntries(
    Object.entries(found.elsewhere).map(([file, writes]) => [file, [...writes].sort()]),
  );
  expect(written).toEqual(listed);
});

test('every transaction of a run names its fault point', () => {
  const silent = found.transactions.filter((call) => !/point: |readOnly: true/.test(call));
  // The one that hands its options on.
  expect(silent).toEqual(['runner/postgres/pool.ts: options']);
});

test('every fault point is somewhere', () => {
  expect([...FAULT_POINTS, ...OPERATOR_FAULT_POINTS].filter((point) => !found.points.includes(point))).toEqual([]);
});
