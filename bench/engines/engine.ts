import type { Launch } from '../measure/run-measured.ts';
import type { Work, WorkName } from '../works.ts';

/** One load to do. */
export interface Job {
  readonly work: Work;
  readonly databaseUrl: string;
  readonly inputPath: string;
  /** Of this job alone; stands in the rows that it writes. */
  readonly id: string;
  /** A directory of the engine's own, kept through the works of a chain. */
  readonly directory: string;
}

/** Something that loads the file into a table. */
export interface Engine {
  readonly name: string;
  /** The program and its version. */
  readonly version: string;
  /** What it can do; the rest is left out. */
  readonly works: readonly WorkName[];
  /** The table that holds the records afterwards, as SQL. */
  readonly table: string;
  /** Whether rows carry the id of the job that wrote them, so that writes can be counted. */
  readonly marksRows: boolean;
  /** Tables that must be there first; not measured. */
  prepare(databaseUrl: string): Promise<void>;
  launch(job: Job): Promise<Launch>;
  /** What is wrong with what it says it did; nothing in the usual case. Not measured. */
  audit(job: Job, expected: Expectation): Promise<readonly string[]>;
}

/** What the data says that a job comes to. */
export interface Expectation {
  /** Lines of the file. */
  readonly rows: number;
  /** Rows of the table that the job writes. */
  readonly written: number;
}
