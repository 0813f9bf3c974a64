import { invalid } from '../../core/errors/app-error.ts';
import { OPERATOR_FAULT_POINTS } from './operator-fault-points.ts';

/**
 * Every durable write on the way of a run, a dry run and a revert, in the order in which a first run comes to them. What is
 * written in between, into the workspace or within a transaction, is gone or made again after a crash.
 */
export const FAULT_POINTS = [
  /** The migration of the control schema commits. */
  'control-schema',
  /** The copy of the input gets its name. */
  'input',
  /** The row of a new execution. */
  'execution',
  /** An attempt takes the execution over. */
  'attempt',
  /** An execution that goes on after others ran is put behind them. */
  'place',
  /** The making or migration of an object's table commits. */
  'object-table',
  /** An index is built, or one that a crash left half built is dropped. */
  'index',
  /** The schema of an object is remembered. */
  'object-model',
  /** What intake found is stored. */
  'intake',
  /** A scope, its sample or the effects that a revert takes back get their names. */
  'scope',
  /** What the SQL stage found is stored: from here on SQL never runs again. */
  'scopes',
  /** A brought-up-to-date diff baseline commits. */
  'baseline',
  /** The chunks of a dry run that died are deleted. */
  'forgotten-chunks',
  /** A chunk of a dry run is stored. */
  'predicted-chunk',
  /** A chunk commits: records, outcomes, checkpoint. */
  'chunk',
  /** The file of outcomes and its index get their names. */
  'outcomes',
  /** The workbook gets its name. */
  'report',
  /** The result is stored: the execution has ended. */
  'result',
  /** The workspace is removed. */
  'workspace',
  /** A run is asked to stop. */
  'cancel',
  /** Records are archived by hand. */
  'archive',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number] | (typeof OPERATOR_FAULT_POINTS)[number];
export type FaultSide = 'before' | 'after';

/** Where a process is to be struck, and how: killed, or stopped until it is told to go on. */
export interface Fault {
  /** `any`: whichever the process comes to. */
  readonly point: FaultPoint | 'any';
  readonly side: FaultSide;
  /** At which of its visits to this side of the point, from 1. */
  readonly visit: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

type Visit = (point: FaultPoint, side: FaultSide) => void;

/** Set once, by the entry point of a process, and only where somebody asks for a fault. */
let visit: Visit | null = null;

/** Does a durable write, between the two sides of its fault point. */
export async function durably<T>(point: FaultPoint, write: () => Promise<T>): Promise<T> {
  visit?.(point, 'before');
  const result = await write();
  visit?.(point, 'after');
  return result;
}

/** Calls back at both sides of every point, in place of what was there before; for tests within a process. */
export function watchFaultPoints(call: Visit): void {
  visit = call;
}

/** @param strike sends the signal to the process itself, at once; gets the point that it has come to */
export function armFault(fault: Fault, strike: (fault: Fault, point: FaultPoint) => void): void {
  let visits = 0;
  visit = (point, side) => {
    if ((fault.point !== 'any' && point !== fault.point) || side !== fault.side) return;
    visits += 1;
    if (visits === fault.visit) strike(fault, point);
  };
}

/**
 * Reads `POINT:SIDE[:VISIT[:ACTION]]`: `chunk:before:3` kills the process when it comes to its third chunk,
 * `result:after:1:stop` stops it until it gets SIGCONT, `any:after` kills it after its first durable write, whichever that is.
 *
 * @throws AppError where the text names no fault: a test that asks for none by mistake would prove nothing
 */
export function parseFault(text: string): Fault {
  const [name, side, count = '1', action = 'kill', ...rest] = text.split(':');
  const points = [...FAULT_POINTS, ...OPERATOR_FAULT_POINTS, 'any'] as const;
  const point = points.find((one) => one === name);
  const number = Number(count);
  if (
    point === undefined ||
    (side !== 'before' && side !== 'after') ||
    !Number.isSafeInteger(number) ||
    number < 1 ||
    (action !== 'kill' && action !== 'stop') ||
    rest.length > 0
  ) {
    const shape = 'POINT:before or POINT:after, then :VISIT and :kill or :stop where wanted';
    throw invalid(`SMARTCONNECTOR_FAULT=${text}: give ${shape}; points are ${points.join(', ')}`);
  }
  return { point, side, visit: number, signal: action === 'kill' ? 'SIGKILL' : 'SIGSTOP' };
}
