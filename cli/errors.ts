import { AppError, messageOf, type FaultDetail } from '../core/errors/app-error.ts';
import type { RunError } from '../core/model/run-result.ts';
import { EXIT } from './exit-status.ts';

/** An error as the body that `--output json` prints. */
export function errorBody(error: unknown): { readonly error: RunError } {
  if (error instanceof AppError) {
    return { error: { code: error.code, message: error.message, details: error.details } };
  }
  return { error: { code: 'InternalError', message: messageOf(error), details: [] } };
}

/**
 * What is at fault decides: the arguments and manifests (2), or the machinery around, which may be better later (75, as
 * EX_TEMPFAIL of sysexits.h) or not (4); our own bugs are 1.
 */
export function exitStatusOfError(error: unknown): number {
  if (!(error instanceof AppError)) return EXIT.internal;
  if (error.class === 'terminal') return EXIT.invalid;
  return error.class === 'transient' ? EXIT.tryAgain : EXIT.failed;
}

/** `file:line:column: path: message`, and what to do. A message that begins with the place says it for both. */
export function renderFault(fault: FaultDetail): string {
  const place = [fault.file, fault.line, fault.column].filter((part) => part !== undefined).join(':');
  const isSaid = place !== '' && fault.message.startsWith(place);
  const head = [isSaid ? '' : place, fault.path ?? ''].filter((part) => part !== '').join(': ');
  const hint = fault.hint === undefined ? '' : `\n    ${fault.hint}`;
  return `${head === '' ? '' : `${head}: `}${fault.message}${hint}`;
}

export function renderError({ error }: { readonly error: RunError }): string {
  const [only, second] = error.details;
  // One place that says what the error says: once is enough.
  if (only !== undefined && second === undefined && error.message.endsWith(only.message)) {
    return `error: ${renderFault(only)}`;
  }
  const details = error.details.map((detail) => `  ${renderFault(detail)}`);
  return [`error: ${error.message}`, ...details].join('\n');
}
