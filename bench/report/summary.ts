import { pairedRatios, spreadOf, type Spread } from '../measure/statistics.ts';
import type { RunRecord } from '../run-bench.ts';
import { WORKS, type WorkName } from '../works.ts';

/** What all rounds of one work by one engine come to. */
export interface WorkSummary {
  readonly engine: string;
  readonly work: WorkName;
  readonly runs: number;
  readonly seconds: Spread;
  /** Wall time over that of the base in the same round; null without a base. */
  readonly ratio: Spread | null;
  /** The same of the processor time of run and server together; null also where the server runs elsewhere. */
  readonly cpuRatio: Spread | null;
  /** Whether the target is a ratio, and not seconds. */
  readonly hasBase: boolean;
  readonly target: number | null;
  readonly isReached: boolean | null;
  /** The largest of all rounds. */
  readonly pssBytes: number;
  readonly rssBytes: number;
  readonly cpuSeconds: number;
  readonly serverCpuSeconds: number | null;
  readonly walBytes: number;
  /** Medians. */
  readonly stages: readonly { readonly stage: string; readonly seconds: number }[];
  /** The largest of each program over all rounds. */
  readonly programs: readonly { readonly name: string; readonly pssBytes: number }[];
}

const median = (values: readonly number[]): number => spreadOf(values).median;
const most = (values: readonly number[]): number => spreadOf(values).most;

/** Summaries of the runs without a fault, in the order of the works. */
export function summarize(records: readonly RunRecord[], product: string): WorkSummary[] {
  const sound = records.filter((record) => record.faults.length === 0);
  const groups = Map.groupBy(sound, ({ engine, work }) => `${engine} ${work}`);
  const order = (record: RunRecord | undefined): number => WORKS.findIndex((work) => work.name === record?.work);
  return [...groups.values()]
    .sort((a, b) => order(a[0]) - order(b[0]))
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [summarizeWork(first, group, sound, product)];
    });
}

function summarizeWork(
  { engine, work }: RunRecord,
  group: readonly RunRecord[],
  sound: readonly RunRecord[],
  product: string,
): WorkSummary {
  const definition = WORKS.find((one) => one.name === work);
  const isProduct = engine === product;
  // Peers are compared with the floor in the same work.
  const peerBase = engine === 'floor' ? null : { engine: 'floor', work };
  const base = isProduct ? (definition?.base ?? null) : peerBase;
  const bases = base === null ? [] : baseRuns(sound, base, product);
  const ratio = ratioOf(group, bases, ({ measurement }) => measurement.seconds);
  const seconds = spreadOf(group.map((record) => record.measurement.seconds));
  const target = isProduct ? (definition?.target ?? null) : null;
  const figure = base === null ? seconds.median : (ratio?.median ?? null);
  const measured = group.map((record) => record.measurement);
  const serverCpu = measured.flatMap(({ serverCpuSeconds }) => (serverCpuSeconds === null ? [] : [serverCpuSeconds]));
  return {
    engine,
    work,
    runs: group.length,
    seconds,
    ratio,
    cpuRatio: ratioOf(group, bases, processorSeconds),
    hasBase: base !== null,
    target,
    isReached: target === null || figure === null ? null : figure <= target,
    pssBytes: most(measured.map(({ memory }) => memory.pssBytes)),
    rssBytes: most(measured.map(({ memory }) => memory.rssBytes)),
    cpuSeconds: median(measured.map((one) => one.cpuSeconds)),
    serverCpuSeconds: serverCpu.length === 0 ? null : median(serverCpu),
    walBytes: median(measured.map((one) => one.walBytes)),
    stages: stageMedians(group),
    programs: programPeaks(group),
  };
}

function baseRuns(
  sound: readonly RunRecord[],
  base: { readonly engine: string; readonly work: WorkName },
  product: string,
): RunRecord[] {
  const engine = base.engine === 'ours' ? product : base.engine;
  return sound.filter((record) => record.engine === engine && record.work === base.work);
}

function processorSeconds({ measurement }: RunRecord): number | null {
  const { cpuSeconds, serverCpuSeconds } = measurement;
  return serverCpuSeconds === null ? null : cpuSeconds + serverCpuSeconds;
}

function ratioOf(
  group: readonly RunRecord[],
  bases: readonly RunRecord[],
  read: (record: RunRecord) => number | null,
): Spread | null {
  const byRound = (records: readonly RunRecord[]): Map<number, number> =>
    new Map(
      records.flatMap((record): [number, number][] => {
        const value = read(record);
        return value === null ? [] : [[record.round, value]];
      }),
    );
  const ratios = pairedRatios(byRound(group), byRound(bases));
  return ratios.length === 0 ? null : spreadOf(ratios);
}

function stageMedians(group: readonly RunRecord[]): { stage: string; seconds: number }[] {
  const times = new Map<string, number[]>();
  for (const { measurement } of group) {
    for (const { stage, seconds } of measurement.stages) times.set(stage, [...(times.get(stage) ?? []), seconds]);
  }
  return [...times].map(([stage, values]) => ({ stage, seconds: median(values) }));
}

function programPeaks(group: readonly RunRecord[]): { name: string; pssBytes: number }[] {
  const peaks = new Map<string, number>();
  for (const { measurement } of group) {
    for (const { name, pssBytes } of measurement.memory.programs) {
      peaks.set(name, Math.max(peaks.get(name) ?? 0, pssBytes));
    }
  }
  return [...peaks].map(([name, pssBytes]) => ({ name, pssBytes })).sort((a, b) => b.pssBytes - a.pssBytes);
}
