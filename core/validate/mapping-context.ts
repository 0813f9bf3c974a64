import type { StepModel } from '../model/connector.ts';
import type { KnownObjects } from './known-object.ts';
import type { StepContext } from './matching.ts';

/** What mappings need beyond the step: the steps before it, and the names of all. */
export interface MappingContext extends StepContext {
  readonly objects: KnownObjects;
  /** Steps before this one, sound or not. */
  readonly earlier: readonly EarlierStep[];
  readonly laterNames: readonly string[];
  /** False where the name of some step could not be read. */
  readonly areStepsKnown: boolean;
  readonly stepName: string | undefined;
}

/** A step as far as `sameRowOf` needs it. */
export interface EarlierStep {
  readonly name: string;
  readonly scope: string | null;
  readonly object: string | null;
  readonly model: StepModel | null;
}
