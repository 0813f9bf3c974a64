import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openPool, type SqlPool } from '../../../runner/postgres/pool.ts';
import { openCliWorld, type CliOptions, type CliResult, type CliWorld } from '../../support/cli.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { readWorkbook } from '../report/read-workbook.ts';
import { CHUNK_ROWS, firstFile, MANIFESTS, secondFile } from './scenario.ts';

/** Arguments of the command-line tool. */
export type Command = readonly string[];

const run = (file: string, id: string, ...more: string[]): Command => [
  'run',
  'goods.yaml',
  '-c',
  'goods',
  '-i',
  file,
  '-o',
  'json',
  '--chunk-rows',
  CHUNK_ROWS,
  '--execution',
  id,
  ...more,
];

export const FIRST = run('first.csv', 'first');
export const SECOND = run('second.csv', 'second');
export const DRY = run('second.csv', 'dry', '--dry-run');
export const THIRD = run('third.csv', 'third');
export const BACK: Command = ['revert', 'second', '-o', 'json', '--chunk-rows', CHUNK_ROWS, '--execution', 'back'];

/** A database and a state directory, with what ran before. */
export interface FaultWorld {
  readonly database: TestDatabase;
  readonly url: string;
  readonly cli: CliWorld;
  readonly state: string;
  run(command: Command, options?: CliOptions): Promise<CliResult>;
  /** The workspace of whatever ran is lost, as with the machine it was on. */
  loseWorkspace(): Promise<void>;
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** @param before whose database and files this one starts with */
export async function openFaultWorld(before?: FaultWorld): Promise<FaultWorld> {
  const database = await freshDatabase(before?.database);
  const cli = await openCliWorld(database.url);
  const state = join(cli.directory, 'state');
  if (before === undefined) {
    await writeInputs(cli);
  } else {
    await cp(before.cli.directory, cli.directory, { recursive: true });
  }
  return {
    database,
    url: database.url,
    cli,
    state,
    run: (command, options) => cli.run(command, options),
    loseWorkspace: () => loseWorkspace(state),
    query: (text) => withPool(database.url, async (pool) => (await pool.query({ text, values: [] })).rows),
    close: async () => {
      await cli.close();
      await database.drop();
    },
  };
}

export async function writeInputs(cli: CliWorld): Promise<void> {
  await cli.file('goods.yaml', MANIFESTS);
  await cli.file('first.csv', firstFile());
  await cli.file('second.csv', secondFile());
  await cli.file('third.csv', secondFile());
}

export async function loseWorkspace(state: string): Promise<void> {
  for (const folder of ['work', 'folds']) await rm(join(state, folder), { recursive: true, force: true });
}

export const TWINS = `INSERT INTO kz_default.product (id, sku, created_at, updated_at)
  SELECT ('00000000-0000-7000-8000-00000000000' || n)::uuid, 'twin', now(), now() FROM generate_series(1, 2) n`;

/** What the first run leaves, with one product made twice: rows that bring its key are ambiguous. */
export async function afterFirst(): Promise<FaultWorld> {
  const world = await openFaultWorld();
  const { status, stderr } = await world.run(FIRST);
  if (status !== 0) throw new Error(`the first run ends with ${String(status)}: ${stderr}`);
  await world.query(TWINS);
  return world;
}

/** Where an execution left something. */
export interface Traces {
  readonly cli: Pick<CliWorld, 'directory'>;
  readonly state: string;
  /** Of the database. */
  readonly url: string;
}

/** Everything that an execution left, times, ids and places aside. */
export async function fingerprint({ state, cli, url }: Traces, id: string): Promise<unknown> {
  const directory = join(state, 'executions', id);
  const everything = {
    ...(await withPool(url, (pool) => readDatabase(pool, id))),
    outcomes: gunzipSync(await readFile(join(directory, 'outcomes.ndjson.gz')))
      .toString('utf8')
      .split('\n'),
    workbook: (await readWorkbook(join(directory, 'report.xlsx'))).map(({ name, rows }) => [
      name,
      ...rows.map((cells) => Array.from(cells, (cell) => cell?.value ?? '').join(' | ')),
    ]),
    files: (await readdir(directory, { recursive: true })).sort(),
    // Nothing that an attempt needed for itself stays.
    left: [await listed(join(state, 'work')), await listed(join(state, 'folds'))],
  };
  const ids = new Map<string, string>();
  const text = JSON.stringify(everything)
    .replaceAll(cli.directory, 'DIRECTORY')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00(:00)?)?/g, 'TIME')
    .replaceAll(/\b\d{5}\.\d{3,}\b/g, 'TIME')
    .replaceAll(/Duration \| [^"]*/g, 'Duration')
    .replaceAll(/"durationMs":\d+/g, '"durationMs":0')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uuid) => {
      const known = ids.get(uuid) ?? `#${ids.size}`;
      ids.set(uuid, known);
      return known;
    });
  return JSON.parse(text);
}

async function readDatabase(pool: SqlPool, id: string): Promise<Record<string, unknown>> {
  const rows = async (text: string): Promise<unknown> => (await pool.query({ text, values: [] })).rows;
  const ofThis = `execution_id = '${id}'`;
  return {
    vendors: await rows('SELECT * FROM kz_default.vendor ORDER BY name, id'),
    products: await rows('SELECT * FROM kz_default.product ORDER BY sku, id'),
    execution: await rows(
      `SELECT phase, mode, overtaken, input_name, intake, scopes, result FROM smartconnector.execution WHERE id = '${id}'`,
    ),
    chunks: await rows(
      `SELECT step, chunk, row_count, counts, warnings FROM smartconnector.chunk WHERE ${ofThis} ORDER BY step, chunk`,
    ),
    events: await rows(`SELECT type, payload FROM smartconnector.outbox WHERE ${ofThis} ORDER BY id`),
    options: await rows(
      `SELECT o.object, o.field, o.label, o.execution_id FROM kz_default.__options o ORDER BY 1, 2, 3`,
    ),
    indexes: await rows(
      `SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index
       WHERE indrelid IN ('kz_default.vendor'::regclass, 'kz_default.product'::regclass) ORDER BY 1`,
    ),
  };
}

const listed = (path: string): Promise<string[]> => readdir(path).catch(() => []);

export async function withPool<T>(url: string, work: (pool: SqlPool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { maxConnections: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
