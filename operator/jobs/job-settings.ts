/** What all Jobs of the operator have in common. */
export interface JobSettings {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** The Secret of the execution's namespace whose key `url` is the database URL of its runners. */
  readonly databaseSecret: string;
  /** Limits of each container; what it asks of a node is a part of them. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  readonly deadlineSeconds: number;
  readonly maxAttempts: number;
  /** Null: the default of the namespace, whose token is not mounted. */
  readonly serviceAccount: string | null;
  readonly workspaceBytes: number;
}
