import { VALIDATE_ANNOTATION } from '../../api/annotations.ts';
import type { ConnectorResource } from '../../api/kinds.ts';
import { keyText } from '../../runtime/resource.ts';
import { configMapNames, referredNames, type ConnectorInput, type ConnectorSources } from './connector-input.ts';

/** A slot asks for the same connector in three controllers, a few seconds apart. */
const MAX_INPUTS = 1000;
/** Of a sample: a larger one is decoded anew each time. */
const MAX_SAMPLE_BYTES = 16_384;

interface Cached {
  readonly version: string;
  readonly input: ConnectorInput;
}

/**
 * Remembers what the connectors that were asked for last came to, as long as neither they nor anything that they refer to
 * has changed: checking one is the better part of a reconcile.
 *
 * @param build see buildConnectorInput
 */
export function cacheInputs(
  build: (connector: ConnectorResource) => ConnectorInput,
  sources: ConnectorSources,
): (connector: ConnectorResource) => ConnectorInput {
  const cached = new Map<string, Cached>();
  return (connector) => {
    const id = keyText(connector.metadata);
    const known = cached.get(id);
    cached.delete(id);
    const version = versionOf(connector, sources);
    const input = known?.version === version ? known.input : build(connector);
    if (version === null || (input.connector?.sql?.sample?.content.length ?? 0) > MAX_SAMPLE_BYTES) return input;
    // The one that was asked for last goes last.
    cached.set(id, { version, input });
    const [oldest] = cached.keys();
    if (cached.size > MAX_INPUTS && oldest !== undefined) cached.delete(oldest);
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
