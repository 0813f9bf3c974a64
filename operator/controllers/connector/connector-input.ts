import { createHash } from 'node:crypto';
import { environmentHash, scriptHash, type Hash, type ReferredTexts } from '../../../core/control/script-hash.ts';
import type { FaultDetail } from '../../../core/errors/app-error.ts';
import type { ConfigMapKeyRef, SmartConnectorSpec } from '../../../core/generated/types.ts';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import { resolveConnector } from '../../../core/validate/resolve-connectors.ts';
import { VALIDATE_ANNOTATION } from '../../api/annotations.ts';
import type { ConfigMapResource, ConnectorResource, ObjectResource } from '../../api/kinds.ts';
import { toManifest } from '../../api/manifests.ts';
import type { Store } from '../../runtime/kubernetes-api.ts';

/** What a connector may refer to. */
export interface ConnectorSources {
  readonly objects: Store<ObjectResource>;
  readonly configMaps: Store<ConfigMapResource>;
}

/** A connector as the cluster has it at this moment, with everything that it refers to. */
export interface ConnectorInput {
  /** Null: it has faults. */
  readonly connector: ConnectorModel | null;
  /** The sound objects that it refers to, and those that their relationships lead to. */
  readonly objects: readonly ObjectModel[];
  readonly faults: readonly FaultDetail[];
  readonly scriptHash: string;
  /** '' where there are faults. */
  readonly environmentHash: string;
}

const sha256: Hash = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Resolves and checks a connector of the cluster.
 *
 * @param engine what names the build of the SQL engine that runners have
 */
export function buildConnectorInput(
  resource: ConnectorResource,
  sources: ConnectorSources,
  engine: string,
): ConnectorInput {
  const { namespace, name, annotations } = resource.metadata;
  const configMaps = configMapNames(resource.spec).flatMap(
    (one) => sources.configMaps.get({ namespace, name: one }) ?? [],
  );
  const manifests = [resource, ...referredObjects(resource, sources.objects), ...configMaps].map(toManifest);
  const { connector, objects, faults } = resolveConnector(manifests, name, namespace);
  const request = annotations?.[VALIDATE_ANNOTATION];
  const environment = request === undefined ? engine : `${engine}, asked by ${request}`;
  return {
    connector,
    objects,
    faults,
    scriptHash: scriptHash(resource.spec, referredTexts(resource, sources.configMaps), sha256),
    environmentHash: connector === null ? '' : environmentHash(connector, environment, sha256),
  };
}

/**
 * The objects that a connector names, and those that their relationships lead to; where one is missing, all of the
 * namespace, so that the fault can say which one was meant.
 */
function referredObjects(
  { spec, metadata }: ConnectorResource,
  objects: Store<ObjectResource>,
): readonly ObjectResource[] {
  const names = referredNames(spec, metadata.namespace, objects);
  const found = [...names].flatMap((name) => objects.get({ namespace: metadata.namespace, name }) ?? []);
  return found.length === names.size ? found : objects.list(metadata.namespace);
}

/** The names of all objects that matter to a connector, those that are missing among them. */
export function referredNames(
  spec: SmartConnectorSpec,
  namespace: string,
  objects: Store<ObjectResource>,
): ReadonlySet<string> {
  const names = directNames(spec);
  // A set goes on to what is added meanwhile.
  for (const name of names) {
    for (const { object } of objects.get({ namespace, name })?.spec.fields ?? []) {
      if (object !== undefined) names.add(object);
    }
  }
  return names;
}

/** The objects that a connector names itself. */
export const directNames = ({ loadSteps, referenceData }: SmartConnectorSpec): Set<string> =>
  new Set([...loadSteps, ...(referenceData ?? [])].map(({ object }) => object));

/** The ConfigMaps that hold its script and its sample. */
export function configMapNames({ sql }: SmartConnectorSpec): string[] {
  return [sql?.scriptFrom?.configMapKeyRef.name, sql?.sample?.configMapKeyRef.name].filter(
    (name) => name !== undefined,
  );
}

/** As they stand in the cluster: base64 is as good as what it stands for, to tell a change. */
function referredTexts({ spec, metadata }: ConnectorResource, configMaps: Store<ConfigMapResource>): ReferredTexts {
  const read = (reference: ConfigMapKeyRef | undefined): string | null => {
    if (reference === undefined) return null;
    const map = configMaps.get({ namespace: metadata.namespace, name: reference.name });
    return map?.data?.[reference.key] ?? map?.binaryData?.[reference.key] ?? null;
  };
  const { sql } = spec;
  return {
    script: sql?.script ?? read(sql?.scriptFrom?.configMapKeyRef),
    sample: read(sql?.sample?.configMapKeyRef),
  };
}
