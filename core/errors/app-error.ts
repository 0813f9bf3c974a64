/** How broken machinery should be met: never again, when something else has happened, or again after a pause. */
export type ErrorClass = 'terminal' | 'waiting' | 'transient';

/** One place at fault, as people and editors need it. Lines and columns count from 1. */
export interface FaultDetail {
  readonly message: string;
  /** Field path in a manifest, for example `spec.loadSteps[0].mapping[2].variables[0]`. */
  readonly path?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** What to do next. */
  readonly hint?: string;
}

export interface AppErrorInit {
  /** One CamelCase word; the same word in conditions, events, metrics and the reference. */
  readonly code: string;
  readonly class: ErrorClass;
  readonly message: string;
  readonly details?: readonly FaultDetail[];
  readonly cause?: unknown;
}

/**
 * Broken machinery, as against bad data, which is a value. The class is set by the adapter that met the fault; nobody
 * matches on message text.
 */
export class AppError extends Error {
  readonly code: string;
  readonly class: ErrorClass;
  readonly details: readonly FaultDetail[];

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'AppError';
    this.code = init.code;
    this.class = init.class;
    this.details = init.details ?? [];
  }
}

/** Manifests or arguments that cannot be run: exit status 2, and no execution exists. */
export function invalid(message: string, details: readonly FaultDetail[] = [], code = 'Invalid'): AppError {
  return new AppError({ code, class: 'terminal', message, details });
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
