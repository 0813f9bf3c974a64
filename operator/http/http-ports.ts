import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { KubernetesApi } from '../runtime/kubernetes-api.ts';
import type { DOWNLOADS, ArtifactLinks, Download } from './artifact-link.ts';
import type { AwaitedAnswer, AwaitedInput } from './awaited-input.ts';
import type { StoredArtifact } from './stored-artifacts.ts';
import type { TransferClock, TransferSlots } from './transfer-limits.ts';
import type { Upload, UploadAnswer } from './uploads.ts';

/** What the endpoint needs of the operator. */
export interface HttpPorts {
  readonly api: KubernetesApi;
  readonly links: ArtifactLinks;
  readonly registry: Registry;
  readonly log: Logger;
  readonly slots: TransferSlots;
  readonly clock: TransferClock;
  /** Why this replica should get no requests now; null: it should. */
  readonly notReady: () => Promise<string | null>;
  /** Null: there is none. */
  readonly openArtifact: (uid: string, kind: (typeof DOWNLOADS)[Download]) => Promise<StoredArtifact | null>;
  readonly upload: (upload: Upload) => Promise<UploadAnswer>;
  readonly uploadAwaited: (input: AwaitedInput) => Promise<AwaitedAnswer>;
}
