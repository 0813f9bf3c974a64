/** What every object of the API has that a controller reads. */
export interface ObjectMeta {
  readonly name: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** 0 for kinds without one, such as ConfigMap. */
  readonly generation: number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** An object as the API server gave it; kinds narrow it further. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** How a kind is addressed. */
export interface ResourceKind<_T extends Resource = Resource> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** Which object, within its kind. */
export interface Key {
  readonly namespace: string;
  readonly name: string;
}

export const keyOf = ({ metadata: { namespace, name } }: Resource): Key => ({ namespace, name });

/** A key as one text: a namespace has no slash. */
export const keyText = ({ namespace, name }: Key): string => `${namespace}/${name}`;

/** Orders objects from the oldest to the newest, those of one second by their names. */
export const byAge = ({ metadata: a }: Resource, { metadata: b }: Resource): number =>
  compare(a.creationTimestamp, b.creationTimestamp) || compare(a.name, b.name);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
