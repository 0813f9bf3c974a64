import type { FaultDetail } from '../errors/app-error.ts';
import type { RunMode, RunPhase } from '../model/outcome.ts';

/** A mode in a sentence. */
export function renderMode(mode: RunMode): string {
  switch (mode) {
    case 'Live':
      return 'Live run';
    case 'DryRun':
      return 'Dry run: what a live run would do; nothing was written';
    case 'Validate':
      return 'Validation on the sample; nothing was written';
  }
}

/** A phase in a sentence; empty where the word says it all. */
export function explainPhase(phase: RunPhase): string {
  switch (phase) {
    case 'PartialSuccess':
      return 'some rows were loaded, some were not';
    case 'Cancelled':
      return 'what was written before stays written';
    default:
      return '';
  }
}

/** Where a fault is: `connector.yaml:12:7, spec.loadSteps[0].object`; empty where nothing is known. */
export function renderPlace(detail: FaultDetail): string {
  const position = [detail.file, detail.line, detail.column].filter((part) => part !== undefined).join(':');
  const line = detail.file === undefined && detail.line !== undefined ? `line ${position}` : position;
  return [line, detail.path].filter((part) => part !== undefined && part !== '').join(', ');
}
