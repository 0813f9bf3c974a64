import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDataFile, type DataFile } from './data/write-file.ts';
import type { Fingerprint } from './data/fingerprint.ts';
import type { Engine } from './engines/engine.ts';
import { runMeasured, type Measurement } from './measure/run-measured.ts';
import type { BenchOptions } from './options.ts';
import { buildRound, type Turn } from './schedule.ts';
import type { Server } from './server.ts';
import { verifyRun } from './verify.ts';
import type { WorkName } from './works.ts';

/** One measured work of one engine in one round. */
export interface RunRecord {
  readonly round: number;
  readonly engine: string;
  readonly work: WorkName;
  readonly measurement: Measurement;
  /** What it did wrong; such a run counts for nothing but a failure. */
  readonly faults: readonly string[];
}

export interface BenchPorts {
  readonly server: Server;
  readonly product: Engine;
  /** The floor first, then the peers. */
  readonly others: readonly Engine[];
  readonly say: (text: string) => void;
  readonly onRun: (record: RunRecord) => void;
}

/** What a database holds while the works of its chain run. */
interface Place {
  readonly url: string;
  table: Fingerprint;
  /** A work before went wrong, and what builds on it would say nothing. */
  broken: boolean;
}

/** Measures everything in turn, as often as asked. Each run starts from the same state and is checked afterwards. */
export async function runBench(options: BenchOptions, ports: BenchPorts): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  const engines = new Map([ports.product, ...ports.others].map((engine) => [engine.name, engine]));
  const otherNames = ports.others.map((engine) => engine.name);
  for (let round = 0; round < options.runs; round += 1) {
    const places = new Map<string, Place>();
    for (const turn of buildRound(options.works, ports.product.name, otherNames, round)) {
      const engine = engines.get(turn.engine);
      const isAble = engine?.works.includes(turn.work.name) === true;
      const record = isAble ? await takeTurn(options, ports, engine, turn, round, places) : null;
      if (record !== null) {
        records.push(record);
        ports.onRun(record);
      }
      if (turn.isLast) {
        places.delete(turn.database);
        await ports.server.dropDatabase(turn.database);
        await rm(directoryOf(options, turn), { recursive: true, force: true });
      }
    }
  }
  return records;
}

const directoryOf = (options: BenchOptions, turn: Turn): string => join(options.directory, 'runs', turn.database);

async function takeTurn(
  options: BenchOptions,
  { server, say }: BenchPorts,
  engine: Engine,
  turn: Turn,
  round: number,
  places: Map<string, Place>,
): Promise<RunRecord | null> {
  const { work } = turn;
  const data = await ensureDataFile(join(options.directory, 'data'), options.seed, options.rows, work.variant);
  if (work.after === null) places.set(turn.database, await openPlace(options, server, engine, turn));
  const place = places.get(turn.database);
  if (place === undefined || place.broken) {
    say(`round ${round + 1}, ${engine.name}, ${work.name}: left out, the work before it failed`);
    return null;
  }
  const job = {
    work,
    databaseUrl: place.url,
    inputPath: data.path,
    id: `${work.name}-${round}`,
    directory: directoryOf(options, turn),
  };
  const launch = await engine.launch(job);
  await server.settle(place.url);
  const measurement = await runMeasured(server, launch);
  if (!work.dryRun) place.table = data.loaded;
  const expected = { rows: data.rows, written: writtenBy(turn, data) };
  const faults = await verifyRun(engine, job, expected, place.table, measurement);
  place.broken = faults.length > 0;
  return { round, engine: engine.name, work: work.name, measurement, faults };
}

const writtenBy = ({ work }: Turn, data: DataFile): number => work.written(data.loaded.records);

async function openPlace(options: BenchOptions, server: Server, engine: Engine, turn: Turn): Promise<Place> {
  await rm(directoryOf(options, turn), { recursive: true, force: true });
  const url = await server.freshDatabase(turn.database);
  await engine.prepare(url);
  return { url, table: { records: 0, sum: 0 }, broken: false };
}
