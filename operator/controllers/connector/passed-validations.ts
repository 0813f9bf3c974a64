import type { ConnectorValidation } from '../../database/connector-validations.ts';
import type { ConnectorResource } from '../../api/kinds.ts';
import { keyText } from '../../runtime/resource.ts';
import type { ConnectorInput } from './connector-input.ts';

interface Passed {
  readonly uid: string;
  readonly scriptHash: string;
  readonly validation: ConnectorValidation;
  readonly atMs: number;
}

/** A database that was restored meanwhile is noticed after this long. */
const REMEMBERED_MS = 300_000;

/**
 * What is known to have passed: that does not change, and a connector is looked at again with each of its executions.
 */
export class PassedValidations {
  readonly #passed = new Map<string, Passed>();

  /** The validation that the connector as it is now has passed; null: PostgreSQL has to be asked. */
  find({ metadata }: ConnectorResource, input: ConnectorInput, now: Date): ConnectorValidation | null {
    const id = keyText(metadata);
    const known = this.#passed.get(id);
    if (known === undefined) return null;
    const agoMs = now.getTime() - known.atMs;
    const isSame =
      known.uid === metadata.uid &&
      known.scriptHash === input.scriptHash &&
      known.validation.environmentHash === input.environmentHash;
    if (isSame && agoMs >= 0 && agoMs < REMEMBERED_MS) return known.validation;
    this.#passed.delete(id);
    return null;
  }

  note(
    { metadata }: ConnectorResource,
    { scriptHash, environmentHash }: ConnectorInput,
    validations: readonly ConnectorValidation[],
    now: Date,
  ): void {
    const validation = validations.find((one) => one.environmentHash === environmentHash);
    if (validation?.state !== 'Passed') return;
    this.#passed.set(keyText(metadata), { uid: metadata.uid, scriptHash, validation, atMs: now.getTime() });
  }

  forget(id: string): void {
    this.#passed.delete(id);
  }
}
