import { AppError, messageOf } from '../../core/errors/app-error.ts';

/**
 * What the machinery around an object threw is tried again, whatever it was: a missing right, a full quota or a database
 * that is away are mended without a change of the object.
 */
export function retryable(error: unknown): AppError {
  if (error instanceof AppError && error.class !== 'terminal') return error;
  const { code, details } = error instanceof AppError ? error : { code: 'Internal', details: [] };
  return new AppError({ code, class: 'transient', message: messageOf(error), details, cause: error });
}
