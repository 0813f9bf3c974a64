import type { FieldPath } from './field-path.ts';

export const API_GROUP = 'smartconnectors.dev';
export const API_VERSION = `${API_GROUP}/v1alpha1`;

/** The kinds that static checks read. Everything else in a folder of manifests belongs to others. */
export const RESOURCE_KINDS = [
  'SmartConnector',
  'SmartConnectorExecution',
  'KizenObject',
  'ConnectorRepository',
] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];
export type ManifestKind = ResourceKind | 'ConfigMap';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A place in a file. Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where the lines of a text inside a manifest stand in its file. */
export interface TextOrigin {
  /** The line of the file that holds the first line of the text. */
  readonly firstLine: number;
  /** Characters before the text on each of its lines. */
  readonly indent: number;
  /** Set where lines of the text are not lines of the file (quoted or folded): every place is the start of the text. */
  readonly folded?: true;
}

/** How a manifest finds its way back to the text it was read from. */
export interface ManifestSource {
  /** Null: not from a file, for example from a cluster. */
  readonly file: string | null;
  /** The order of the manifest among all that were read, for a stable order of faults. */
  readonly order: number;
  /** The place of the value, or of the nearest value around it; null where there is no text. */
  placeOf(path: FieldPath): Place | null;
  textOriginOf(path: FieldPath): TextOrigin | null;
}

/** One resource, not yet checked against its schema. */
export interface Manifest {
  readonly kind: ManifestKind;
  readonly namespace: string;
  /** '' where the manifest has none: a fault, or left to the API server (generateName). */
  readonly name: string;
  readonly value: JsonObject;
  readonly source: ManifestSource;
}

/** The source of manifests that did not come from a file. */
export const NO_SOURCE: ManifestSource = { file: null, order: 0, placeOf: () => null, textOriginOf: () => null };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
