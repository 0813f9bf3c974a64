import { createHash } from 'node:crypto';
import type { ConnectorResource } from '../../api/kinds.ts';
import type { ConnectorInput } from './connector-input.ts';

/** The same for the same connector, script and environment: asking twice is asking once. */
export function validationId({ metadata }: ConnectorResource, { scriptHash, environmentHash }: ConnectorInput): string {
  return createHash('sha256').update(`${metadata.uid}\n${scriptHash}\n${environmentHash}`).digest('hex').slice(0, 32);
}
