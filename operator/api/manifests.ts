import { NO_SOURCE, type JsonObject, type Manifest } from '../../core/manifest/manifest.ts';
import type { ConfigMapResource, ConnectorResource, ObjectResource } from './kinds.ts';

/** What a person wrote of an object in the cluster, for the static checks: neither its status nor what servers added. */
export function toManifest(resource: ConnectorResource | ObjectResource | ConfigMapResource): Manifest {
  const { apiVersion, kind, metadata } = resource;
  const { namespace, name } = metadata;
  const { data, binaryData } = resource as ConfigMapResource;
  const content = 'spec' in resource ? { spec: resource.spec } : { data: data ?? {}, binaryData: binaryData ?? {} };
  return {
    kind: kind as Manifest['kind'],
    namespace,
    name,
    value: { apiVersion, kind, metadata: { namespace, name }, ...content } as unknown as JsonObject,
    source: NO_SOURCE,
  };
}
