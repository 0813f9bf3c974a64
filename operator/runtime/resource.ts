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
