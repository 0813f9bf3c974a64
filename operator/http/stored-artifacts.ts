/** A file of an execution that can be downloaded. */
export interface StoredArtifact {
  readonly namespace: string;
  readonly fileName: string;
  readonly bytes: number;
  /** Read once. */
  readonly content: AsyncIterable<Buffer>;
}
