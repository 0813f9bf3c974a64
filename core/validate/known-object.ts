import type { FieldModel, FilterModel, ObjectModel } from '../model/object.ts';

/** An object as far as its manifest could be read; what connectors refer to. */
export interface KnownObject {
  /** Complete only if the manifest has no fault. */
  readonly model: ObjectModel;
  readonly isSound: boolean;
  /** Every declared name; null where the field itself is at fault and nothing can be said about its type. */
  readonly fields: ReadonlyMap<string, FieldModel | null>;
  readonly filterGroups: ReadonlyMap<string, FilterModel>;
}

/** The objects of one namespace, by name. */
export type KnownObjects = ReadonlyMap<string, KnownObject>;
