import type { RunPhase, ScopeCounts, StepCounts } from '../../core/model/outcome.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import { isFaultDetail } from '../../runner/container/validation-handoff.ts';
import type { RunProgress, StoredRun } from './stored-run.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is stored of a run, as far as the operator goes by it. Whoever has the credential of a namespace can write into the
 * rows of its runs whatever he likes: what is not what runners write is taken for missing, so that the execution still ends,
 * and can go.
 */
export function parseRun(row: Fields): StoredRun {
  const endedAt = parseTime(row['endedAt']);
  return {
    phase: PHASES.find((phase) => phase === row['phase']) ?? (endedAt === null ? 'Running' : 'Failed'),
    attempt: Number(row['attempt']),
    cancelRequested: row['cancelRequested'] === true,
    startedAt: parseTime(row['startedAt']) ?? UNKNOWN_TIME,
    endedAt,
    progress: parseProgress(row['progress']),
    result: isResult(row['result']) ? row['result'] : null,
    faults: asList(row['faults']).filter(isFaultDetail),
    sourceSecrets: asList(row['sourceSecrets']).filter((name) => typeof name === 'string' && SECRET_NAME.test(name)),
    hasInput: row['hasInput'] === true,
    hasReport: row['hasReport'] === true,
    hasOutcomes: row['hasOutcomes'] === true,
  } as StoredRun;
}

const PHASES: readonly RunPhase[] = ['Pending', 'Running', 'Succeeded', 'PartialSuccess', 'Failed', 'Cancelled'];
const UNKNOWN_TIME = '1970-01-01T00:00:00.000Z';
/** What the schema of a status takes. */
const MAX_STAGE = 64;
const MAX_STEPS = 32;
const MAX_NAME = 63;
const SECRET_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

const COUNTS = [
  'created',
  'updated',
  'unarchived',
  'unchanged',
  'skippedByRule',
  'skippedAmbiguous',
  'failed',
  'notProcessed',
] as const satisfies readonly (keyof StepCounts)[];

/** A time of a year that RFC 3339 has; null: none was given. */
function parseTime(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  return /^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)) ? value : UNKNOWN_TIME;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function parseProgress(value: unknown): RunProgress | null {
  if (!isFields(value)) return null;
  const { stage, step, rowsDone, rowsTotal } = value;
  return {
    ...(isText(stage, MAX_STAGE) ? { stage } : {}),
    ...(isText(step, MAX_NAME) ? { step } : {}),
    ...(isCount(rowsDone) ? { rowsDone } : {}),
    ...(isCount(rowsTotal) ? { rowsTotal } : {}),
  };
}

function isResult(value: unknown): value is RunResult {
  if (!isFields(value)) return false;
  const { scopes, steps, error } = value;
  return (
    Array.isArray(scopes) &&
    scopes.every(isScope) &&
    Array.isArray(steps) &&
    steps.length <= MAX_STEPS &&
    steps.every(isStep) &&
    (error === undefined ||
      (isFields(error) && typeof error['code'] === 'string' && typeof error['message'] === 'string'))
  );
}

const isScope = (value: unknown): value is ScopeCounts =>
  isFields(value) && isCount(value['rows']) && isCount(value['rejected']);

const isStep = (value: unknown): value is StepCounts =>
  isFields(value) && isText(value['name'], MAX_NAME) && COUNTS.every((count) => isCount(value[count]));
