import { invalid } from '../core/errors/app-error.ts';
import { isJsonObject, NO_SOURCE, type Manifest, type ManifestSource } from '../core/manifest/manifest.ts';
import type { ConnectorModel } from '../core/model/connector.ts';
import type { ObjectModel } from '../core/model/object.ts';
import { resolveConnector } from '../core/validate/resolve-connectors.ts';
import { readManifests } from '../runner/manifest/read.ts';
import { DESTRUCTIVE_ANNOTATION } from '../runner/postgres/object-migration.ts';
import type { Snapshot } from '../runner/executions/executions.ts';
import { renderFault } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** Objects that a run of the connector reads or writes. */
function referredObjects(connector: ConnectorModel, objects: readonly ObjectModel[]): ObjectModel[] {
  const names = new Set(connector.referenceData.map((reference) => reference.object.name));
  for (const step of connector.steps) {
    names.add(step.object.name);
    for (const { source } of step.mappings) if (source.kind === 'Lookup') names.add(source.object.name);
  }
  return objects.filter((object) => object.namespace === connector.namespace && names.has(object.name));
}

export interface FoundConnector extends Snapshot {
  /** Objects whose manifests let removed and changed fields lose their values. */
  readonly destructive: ReadonlySet<string>;
  readonly source: ManifestSource;
}

/** Where the manifest of a connector was read. */
export const sourceOf = (manifests: readonly Manifest[], { namespace, name }: ConnectorModel): ManifestSource =>
  manifests.find((one) => one.kind === 'SmartConnector' && one.namespace === namespace && one.name === name)?.source ??
  NO_SOURCE;

const allowsDestruction = ({ kind, value }: Manifest): boolean => {
  const metadata = value['metadata'];
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : null;
  return kind === 'KizenObject' && isJsonObject(annotations) && annotations[DESTRUCTIVE_ANNOTATION] === 'true';
};

/**
 * The connector of a name and the objects it needs, from files and folders.
 *
 * @throws AppError `Invalid` with every fault of the connector and of what it refers to
 */
export async function readConnector(
  paths: readonly string[],
  name: string,
  namespace: string | null,
  terminal: Terminal | null,
): Promise<FoundConnector> {
  const files = await readManifests(paths);
  const resolved = resolveConnector(files.manifests, name, namespace);
  const faults = [...files.faults, ...resolved.faults];
  if (resolved.connector === null || faults.length > 0) {
    const [only, second] = faults;
    // That there is no such connector or file is all there is to say.
    const isWhole = only !== undefined && second === undefined && only.path === undefined;
    const count = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`;
    throw invalid(isWhole ? only.message : `connector ${name} is not valid: ${count}`, faults);
  }
  for (const warning of [...files.notes, ...resolved.warnings]) terminal?.err(`warning: ${renderFault(warning)}`);
  const { connector } = resolved;
  const destructive = files.manifests.filter((one) => one.namespace === connector.namespace && allowsDestruction(one));
  return {
    connector,
    objects: referredObjects(connector, resolved.objects),
    destructive: new Set(destructive.map((manifest) => manifest.name)),
    source: sourceOf(files.manifests, connector),
  };
}
