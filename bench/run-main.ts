import { messageOf } from '../core/errors/app-error.ts';

interface Benchmark<T> {
  readonly usage: string;
  /** @throws Error saying which option is wrong */
  readonly readOptions: (args: readonly string[]) => T;
  /** @returns whether all is as it has to be */
  readonly bench: (options: T) => Promise<boolean>;
}

/** Runs a benchmark with the arguments of the process. It ends with 2 where an option is wrong, and with 1 where the result is. */
export async function runMain<T>({ usage, readOptions, bench }: Benchmark<T>): Promise<void> {
  let options: T;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  process.exitCode = (await bench(options)) ? 0 : 1;
}
