import { AppError, type ErrorClass } from '../../core/errors/app-error.ts';

/** What the API server says of a request that it did not do. */
export interface ApiFailure {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
}

/** @param text the body: a `Status`, or anything */
export function readFailure(status: number, text: string): ApiFailure {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return {
      status,
      reason: typeof reason === 'string' ? reason : '',
      message: typeof message === 'string' ? message : text.slice(0, 500),
    };
  } catch {
    return { status, reason: '', message: text.slice(0, 500) };
  }
}

/** How a refusal is to be met, by its status code. */
export function apiError(what: string, failure: ApiFailure): AppError {
  const [code, errorClass] = classify(failure);
  const message = `${what}: ${failure.message || `the API server answered ${failure.status}`}`;
  return new AppError({ code, class: errorClass, message });
}

function classify({ status, reason }: ApiFailure): readonly [string, ErrorClass] {
  switch (status) {
    case 409:
      return ['Conflict', 'waiting'];
    case 401:
      // Tokens are renewed.
      return ['Unauthorized', 'transient'];
    case 403:
      // A namespace that is going away takes nothing new, and what is in it goes with it.
      return reason === 'Forbidden' ? ['Forbidden', 'waiting'] : ['Forbidden', 'terminal'];
    case 404:
      return ['NotFound', 'waiting'];
    case 410:
      return ['Expired', 'transient'];
    default:
      return status === 429 || status >= 500 ? ['ApiUnavailable', 'transient'] : ['InvalidObject', 'terminal'];
  }
}
