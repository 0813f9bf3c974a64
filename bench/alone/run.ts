import { runMeasured, type Launch, type Measurement } from '../measure/run-measured.ts';

const NO_SERVER = { walPosition: () => Promise.resolve(0), cpuSeconds: () => null };
/** As `bin/smartconnector` starts Node. */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'];

/** Measures a program without a server. Throws what it printed where it ends with another status than 0. */
export async function runAlone(launch: Launch): Promise<Measurement> {
  const measurement = await runMeasured(NO_SERVER, launch);
  if (measurement.exitStatus !== 0) throw new Error(measurement.output);
  return measurement;
}

/** A process of the product: a program of this benchmark, as the product's own are started. */
export function nodeLaunch(program: string, ...parameters: string[]): Launch {
  return { command: process.execPath, arguments: [...FLAGS, program, ...parameters] };
}
