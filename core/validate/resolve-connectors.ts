import type { FaultDetail } from '../errors/app-error.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ConnectorModel } from '../model/connector.ts';
import type { ObjectModel } from '../model/object.ts';
import { checkConnector, type CheckedConnector } from './connector.ts';
import { inFileOrder, nameHint, type FaultCollector } from './fault-collector.ts';
import type { KnownObject } from './known-object.ts';
import { checkObject, checkRelationships, type CheckedObject } from './object.ts';
import { checkConfigMap, checkExecution, checkRepository } from './other-kinds.ts';

/** What a set of manifests comes to. */
export interface Resolved {
  /** The connectors without a fault of their own or in an object that they refer to, in file order. */
  readonly connectors: readonly ConnectorModel[];
  /** The objects without a fault, in file order. */
  readonly objects: readonly ObjectModel[];
  /** Every fault of every manifest, in file order. */
  readonly faults: readonly FaultDetail[];
  /** What is probably not meant, but stops nobody. */
  readonly warnings: readonly FaultDetail[];
}

/** Checks all manifests against their schemas and against each other. Never throws, whatever they hold. */
export function resolveConnectors(manifests: readonly Manifest[]): Resolved {
  const { connectors, objects, others } = checkAll(manifests);
  const collectors = [...connectors.map(({ faults }) => faults), ...objects.map(({ faults }) => faults), ...others];
  return {
    connectors: connectors.flatMap(({ model }) => model ?? []),
    objects: objects.flatMap(({ known }) => (known.isSound ? [known.model] : [])),
    faults: inFileOrder(collectors.flatMap(({ faults }) => faults)),
    warnings: inFileOrder(collectors.flatMap(({ warnings }) => warnings)),
  };
}

/** One connector, or every fault that keeps it from running. */
export interface ResolvedConnector {
  readonly connector: ConnectorModel | null;
  /** The sound objects of its namespace: those that a run may create tables for. */
  readonly objects: readonly ObjectModel[];
  /** Its own faults and those of the objects that it refers to, in file order; empty if `connector` is there. */
  readonly faults: readonly FaultDetail[];
  readonly warnings: readonly FaultDetail[];
}

/**
 * Resolves the connector of a name. Without a namespace, the name has to be unique among all. Faults of manifests that
 * the connector does not refer to are left out.
 */
export function resolveConnector(
  manifests: readonly Manifest[],
  name: string,
  namespace: string | null = null,
): ResolvedConnector {
  const { connectors, objects } = checkAll(manifests);
  const isWanted = ({ manifest }: CheckedConnector): boolean =>
    manifest.name === name && (namespace === null || manifest.namespace === namespace);
  const [found, second] = connectors.filter(isWanted);
  if (found === undefined || second !== undefined) {
    const names = connectors.map(({ manifest }) => manifest.name);
    const missing = { message: `there is no SmartConnector ${name}`, hint: nameHint(name, names, 'add its manifest') };
    const several = {
      message: `several namespaces have a SmartConnector ${name}`,
      hint: `name one: ${connectors
        .filter(isWanted)
        .map(({ manifest }) => manifest.namespace)
        .join(', ')}`,
    };
    return { connector: null, objects: [], faults: [found === undefined ? missing : several], warnings: [] };
  }
  const referred = new Set(found.objects);
  const checked = objects.filter(({ known }) => referred.has(known)).map(({ faults }) => faults);
  const collectors = [found.faults, ...checked];
  const sameNamespace = objects.filter(({ known }) => known.model.namespace === found.manifest.namespace);
  return {
    connector: found.model,
    objects: sameNamespace.flatMap(({ known }) => (known.isSound ? [known.model] : [])),
    faults: inFileOrder(collectors.flatMap(({ faults }) => faults)),
    warnings: inFileOrder(collectors.flatMap(({ warnings }) => warnings)),
  };
}

interface Checked {
  readonly connectors: readonly CheckedConnector[];
  readonly objects: readonly CheckedObject[];
  readonly others: readonly FaultCollector[];
}

function checkAll(manifests: readonly Manifest[]): Checked {
  const connectors: CheckedConnector[] = [];
  const objects: CheckedObject[] = [];
  const others: FaultCollector[] = [];
  for (const members of byNamespace(manifests)) {
    const ofKind = (kind: Manifest['kind']): readonly Manifest[] => members.filter((member) => member.kind === kind);
    const checkedObjects = ofKind('KizenObject').map(checkObject);
    const known = new Map<string, KnownObject>(checkedObjects.map(({ known: object }) => [object.model.name, object]));
    checkRelationships(checkedObjects, known);
    const configMaps = new Map(ofKind('ConfigMap').map((manifest) => [manifest.name, manifest]));
    objects.push(...checkedObjects);
    connectors.push(...ofKind('SmartConnector').map((manifest) => checkConnector(manifest, known, configMaps)));
    others.push(...ofKind('SmartConnectorExecution').map(checkExecution));
    others.push(...ofKind('ConnectorRepository').map(checkRepository));
    others.push(...ofKind('ConfigMap').map(checkConfigMap));
  }
  const order = (a: { faults: FaultCollector }, b: { faults: FaultCollector }): number =>
    a.faults.manifest.source.order - b.faults.manifest.source.order;
  return { connectors: connectors.sort(order), objects: objects.sort(order), others };
}

function byNamespace(manifests: readonly Manifest[]): Iterable<readonly Manifest[]> {
  const namespaces = new Map<string, Manifest[]>();
  for (const manifest of manifests) {
    const members = namespaces.get(manifest.namespace) ?? [];
    namespaces.set(manifest.namespace, members);
    members.push(manifest);
  }
  return namespaces.values();
}
