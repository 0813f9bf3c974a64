import type { ConnectorModel } from '../../core/model/connector.ts';
import type { ConnectorResource, ExecutionResource } from '../../operator/api/kinds.ts';
import type { ConnectorInput } from '../../operator/controllers/connector/connector-input.ts';
import type { Prospects } from '../../operator/controllers/execution/observe.ts';
import type { QueueState } from '../../operator/database/execution-queue.ts';
import type { ExecutionRequest } from '../../operator/database/execution-requests.ts';
import type { StoredRun } from '../../operator/database/stored-run.ts';
import type { ObjectMeta } from '../../operator/runtime/resource.ts';

/** What controllers decide on, with everything as it should be; tests change what they are about. */

export const metadata = (name: string, over: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  namespace: 'sales',
  uid: `uid-of-${name}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-05-01T06:00:00Z',
  ...over,
});

interface Over<T extends { metadata: object; spec: object }> {
  readonly metadata?: Partial<T['metadata']>;
  readonly spec?: Partial<T['spec']>;
  readonly status?: object;
}

export const connectorResource = ({
  metadata: meta,
  spec,
  status,
}: Over<ConnectorResource> = {}): ConnectorResource => ({
  apiVersion: 'smartconnectors.dev/v1alpha1',
  kind: 'SmartConnector',
  metadata: metadata('prices', meta),
  spec: {
    type: 'Spreadsheet',
    executionVariables: [{ name: 'sku', type: 'String' }],
    loadSteps: [{ name: 'products', object: 'product', matching: [], mapping: [] }],
    ...spec,
  },
  ...(status === undefined ? {} : { status: status }),
});

export const executionResource = ({
  metadata: meta,
  spec,
  status,
}: Over<ExecutionResource> = {}): ExecutionResource => ({
  apiVersion: 'smartconnectors.dev/v1alpha1',
  kind: 'SmartConnectorExecution',
  metadata: metadata('prices-1', meta),
  spec: { connector: 'prices', ...spec },
  ...(status === undefined ? {} : { status: status }),
});

export const connectorModel = (over: Partial<ConnectorModel> = {}): ConnectorModel =>
  ({
    namespace: 'sales',
    name: 'prices',
    type: 'Spreadsheet',
    sql: { script: 'SELECT 1', sample: { fileName: 'a.csv', content: Buffer.from('sku\n1\n') } },
    spreadsheet: { tables: [] },
    webhook: { bodySchema: null },
    steps: [],
    referenceData: [],
    externalSources: [],
    ...over,
  }) as unknown as ConnectorModel;

export const connectorInput = (over: Partial<ConnectorInput> = {}): ConnectorInput => ({
  connector: connectorModel(),
  objects: [],
  faults: [],
  scriptHash: 'script-1',
  environmentHash: 'environment-1',
  ...over,
});

export const executionRequest = (over: Partial<ExecutionRequest> = {}): ExecutionRequest => ({
  uid: 'uid-of-prices-1',
  namespace: 'sales',
  connector: 'prices',
  name: 'prices-1',
  mode: 'Live',
  trigger: 'Manual',
  triggeredBy: null,
  scheduledTime: null,
  sequence: '7',
  state: 'Queued',
  phase: 'Queued',
  reason: 'New',
  message: '',
  scriptHash: null,
  attempts: 0,
  outages: 0,
  job: null,
  purpose: 'Run',
  notBefore: null,
  cancelledAt: null,
  endedAt: null,
  ...over,
});

export const queueState = (over: Partial<QueueState> = {}): QueueState => ({
  running: 0,
  runningName: null,
  ahead: 0,
  runningTotal: 0,
  rivals: 0,
  ...over,
});

export const prospects = (over: Partial<Prospects> = {}): Prospects => ({
  connector: connectorResource(),
  activation: { state: 'Active', reason: 'Validated', message: '' },
  input: connectorInput(),
  file: { kind: 'Volume', fileName: 'a.csv' },
  unreadyObjects: [],
  queue: queueState(),
  ...over,
});

export const storedRun = (over: Partial<StoredRun> = {}): StoredRun => ({
  phase: 'Running',
  attempt: 1,
  cancelRequested: false,
  startedAt: '2026-05-01T06:00:00.000Z',
  endedAt: null,
  progress: null,
  result: null,
  faults: [],
  sourceSecrets: [],
  hasInput: false,
  hasReport: false,
  hasOutcomes: false,
  ...over,
});
