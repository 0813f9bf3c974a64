/**
 * A value from which the parts that break its schema were cut away: what is there has the right type, but anything may
 * be missing. Lists keep their indexes, so that the paths of faults stay true.
 */
export type Cut<T> = T extends readonly (infer Item)[]
  ? readonly (Cut<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Cut<T[Key]> | undefined }
    : T;

/** The items of a list that were not cut away, with their indexes in the manifest. */
export function itemsOf<Item>(list: readonly (Item | undefined)[] | undefined): readonly (readonly [number, Item])[] {
  const items: (readonly [number, Item])[] = [];
  for (const [index, item] of (list ?? []).entries()) if (item !== undefined) items.push([index, item]);
  return items;
}

/**
 * Whether every item of a list could be read as far as its name, so that a name that is not in it is not there. A list
 * that was left out is known; one that was cut away is not.
 */
export function areAllNamed<Key extends string>(owner: Partial<Record<Key, NamedList | undefined>>, key: Key): boolean {
  const list = owner[key];
  if (list === undefined) return !(key in owner);
  return list.every((item) => item?.name !== undefined);
}

type NamedList = readonly ({ readonly name?: string | undefined } | undefined)[];
