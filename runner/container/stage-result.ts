import { AppError } from '../../core/errors/app-error.ts';
import type { RunError } from '../../core/model/run-result.ts';

/**
 * What ends the execution where the same again would end the same. Null: another attempt may come through, or it is for
 * another attempt to say.
 */
export function executionError(error: unknown): RunError | null {
  if (!(error instanceof AppError) || error.class !== 'terminal') return null;
  const { code, message, details } = error;
  return { code, message, details };
}
