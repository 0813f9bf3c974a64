import { VALIDATE_ANNOTATION } from '../../api/annotations.ts';
import type { ConnectorResource } from '../../api/kinds.ts';
import { keyText } from '../../runtime/resource.ts';
import { configMapNames, referredNames, type ConnectorInput, type ConnectorSources } from './connector-input.ts';

/**
 * A slot asks for the same connector in three controllers, a few seconds apart, and thousands may have theirs at once: ten
 * thousand ordinary connectors fit, and a few that are as large as a connector may be.
 */
const MAX_CHARACTERS = 32 * 1024 ** 2;
/** Of a sample: a larger one is decoded anew each time. */
const MAX_SAMPLE_BYTES = 16_384;

interface Cached {
  readonly version: string;
  readonly input: ConnectorInput;
  /** Of its specification and its script: what it takes in memory grows with them. */
  readonly characters: number;
}

/**
 * Remembers what the connectors that were asked for last came to, as long as neither they nor anything that they refer to
 * has changed: checking one is the better part of a reconcile.
 *
 * @param build see buildConnectorInput
 * @param maxCharacters of all that is remembered; what was asked for longest ago goes first
 */
export function cacheInputs(
  build: (connector: ConnectorResource) => ConnectorInput,
  sources: ConnectorSources,
  maxCharacters = MAX_CHARACTERS,
): (connector: ConnectorResource) => ConnectorInput {
  const cached = new Map<string, Cached>();
  let characters = 0;
  const forget = (id: string): void => {
    characters -= cached.get(id)?.characters ?? 0;
    cached.delete(id);
  };
  const remember = (id: string, one: Cached): void => {
    characters += one.characters;
    cached.set(id, one);
    for (const oldest of cached.keys()) {
      if (characters <= maxCharacters) return;
      forget(oldest);
    }
  };
  return (connector) => {
    const id = keyText(connector.metadata);
    const known = cached.get(id);
    forget(id);
    const version = versionOf(connector, sources);
    const same = known?.version === version ? known : undefined;
    const input = same?.input ?? build(connector);
    if (version === null || (input.connector?.sql?.sample?.content.length ?? 0) > MAX_SAMPLE_BYTES) return input;
    // The one that was asked for last goes last.
    const measure = (): number => JSON.stringify(connector.spec).length + (input.connector?.sql?.script.length ?? 0);
    remember(id, same ?? { version, input, characters: measure() });
    return input;
  };
}

/** Changes with everything that an input is made of; null where something is missing: then every name matters. */
function versionOf({ metadata, spec }: ConnectorResource, { objects, configMaps }: ConnectorSources): string | null {
  const { namespace, uid, generation, annotations } = metadata;
  const parts = [uid, generation, annotations?.[VALIDATE_ANNOTATION] ?? ''];
  for (const name of referredNames(spec, namespace, objects)) {
    const object = objects.get({ namespace, name });
    if (object === null) return null;
    parts.push(object.metadata.uid, object.metadata.generation);
  }
  for (const name of configMapNames(spec)) {
    const configMap = configMaps.get({ namespace, name });
    if (configMap === null) return null;
    parts.push(configMap.metadata.uid, configMap.metadata.resourceVersion);
  }
  return parts.join();
}
