import type { ConnectorResource } from '../../api/kinds.ts';

export interface Activation {
  readonly state: 'Active' | 'Inactive' | 'Validating' | 'Invalid';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/**
 * Whether executions of a connector may start: what its status says, unless that speaks of something else than what is in
 * the cluster now. A change of the script counts before the controller has seen it.
 *
 * @param scriptHash of the connector as it is at this moment
 */
export function readActivation({ spec, status }: ConnectorResource, scriptHash: string): Activation {
  const { state, reason, message, scriptHash: seen, validatedHash } = status?.activation ?? {};
  if (state === undefined || seen !== scriptHash || (state === 'Active' && validatedHash !== scriptHash)) {
    return { state: 'Validating', reason: 'NotValidated', message: 'the connector as it is now was not validated yet' };
  }
  if (state === 'Active' && spec.active === false) return SWITCHED_OFF;
  return { state, reason: reason ?? state, message: message ?? '' };
}

export const SWITCHED_OFF: Activation = {
  state: 'Inactive',
  reason: 'SwitchedOff',
  message: 'spec.active is false; set it to true for executions to start',
};
