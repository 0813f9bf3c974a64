import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import type { Server } from '../server.ts';
import { readProcess } from './processes.ts';
import { watchMemory, type MemoryPeaks } from './sampler.ts';
import { startStageClock, type StageTime } from './stage-clock.ts';

/** What to start, and what of it to watch. */
export interface Launch {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Programs of the launch that are not part of what is measured. */
  readonly holders?: readonly string[];
}

/** One run, measured from outside. */
export interface Measurement {
  readonly seconds: number;
  /** Processor time of what was launched, PostgreSQL aside. */
  readonly cpuSeconds: number;
  /** Processor time of PostgreSQL; null where it runs elsewhere. */
  readonly serverCpuSeconds: number | null;
  readonly walBytes: number;
  readonly memory: MemoryPeaks;
  readonly stages: readonly StageTime[];
  /** Processes that wanted to run in the minute before, as the system counts them: a busy machine measures badly. */
  readonly loadBefore: number;
  readonly exitStatus: number | null;
  /** What it printed, the end of it. */
  readonly output: string;
}

const OUTPUT_CHARACTERS = 20_000;

/** Runs a program to its end. Only one at a time: processor time is that of all children of this process. */
export async function runMeasured(
  server: Pick<Server, 'walPosition' | 'cpuSeconds'>,
  launch: Launch,
): Promise<Measurement> {
  const loadBefore = loadavg()[0] ?? 0;
  const walBefore = await server.walPosition();
  const serverBefore = server.cpuSeconds();
  const childrenBefore = readProcess('self')?.childCpuSeconds ?? 0;
  const startMs = performance.now();
  const child = spawn(launch.command, launch.arguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...launch.environment },
    ...(launch.directory === undefined ? {} : { cwd: launch.directory }),
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const clock = startStageClock(startMs);
  let output = '';
  const see = (text: string): void => {
    clock.see(text, performance.now());
    output = (output + text).slice(-OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', see);
  child.stderr.setEncoding('utf8').on('data', see);
  const holders = new Set(launch.holders);
  const watch = child.pid === undefined ? null : watchMemory(child.pid, (name) => !holders.has(name));
  const ended = closed.then(([status]) => ({ status, endMs: performance.now() }));
  try {
    const { status, endMs } = await ended;
    const seconds = (endMs - startMs) / 1000;
    const childrenAfter = readProcess('self')?.childCpuSeconds ?? 0;
    const serverAfter = server.cpuSeconds();
    return {
      seconds,
      cpuSeconds: childrenAfter - childrenBefore,
      serverCpuSeconds: serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore,
      walBytes: (await server.walPosition()) - walBefore,
      memory: watch?.stop() ?? NOTHING,
      stages: clock.stop(endMs),
      loadBefore,
      exitStatus: status,
      output,
    };
  } finally {
    watch?.stop();
  }
}

const NOTHING: MemoryPeaks = { pssBytes: 0, rssBytes: 0, anonymousBytes: 0, programs: [], samples: 0 };
