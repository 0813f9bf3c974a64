import type { FieldModel, FilterModel, ObjectModel } from '../model/object.ts';

/** An object as far as its manifest could be read; what connectors refer to. */
export interface KnownObject {
  /** Complete only if the manifest has no fault. */
  readonly model: ObjectModel;
  readonly isSound: boolean;
  /** Every declared name; null where the field itself is at fault and nothing can be said about its type. */
  readonly fields: ReadonlyMap<string, FieldModel | null>;
  /** False where some fields could not be read: then a name that is not there says nothing. */
  readonly areFieldsKnown: boolean;
  readonly filterGroups: ReadonlyMap<string, FilterModel>;
  /** As `areFieldsKnown`. */
  readonly areFilterGroupsKnown: boolean;
}

/** The objects of one namespace, by name. */
export type KnownObjects = ReadonlyMap<string, KnownObject>;
