import type { FastifyInstance } from 'fastify';
import type { SqlPool } from '../../runner/postgres/pool.ts';
import { acceptAwaitedInput } from './awaited-input.ts';
import type { HttpPorts } from './http-ports.ts';
import { buildHttpServer } from './http-server.ts';
import { findAcceptedExecution, findInput, openArtifact, storeUpload } from './stored-artifacts.ts';
import type { TransferClock } from './transfer-limits.ts';
import { acceptUpload, type UploadPorts } from './uploads.ts';

export type EndpointParts = Pick<HttpPorts, 'api' | 'links' | 'registry' | 'log' | 'slots' | 'notReady'> & {
  /** As many connections as there are slots: the work of controllers never waits for files that are sent. */
  readonly files: SqlPool;
  readonly watchNamespace: string | null;
};

const CLOCK: TransferClock = {
  monotonicNow: () => performance.now(),
  later: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** The HTTP endpoint on what it stores files in. It does not listen yet. */
export function buildEndpoint({ files, watchNamespace, ...parts }: EndpointParts): FastifyInstance {
  const uploads: UploadPorts = {
    api: parts.api,
    now: () => new Date(),
    monotonicNow: CLOCK.monotonicNow,
    watchNamespace,
    findInput: findInput(files),
    storeInput: storeUpload(files),
    findExecution: findAcceptedExecution(files),
  };
  return buildHttpServer({
    ...parts,
    clock: CLOCK,
    openArtifact: (uid, kind) => openArtifact(files, uid, kind),
    upload: (upload) => acceptUpload(upload, uploads),
    uploadAwaited: (input) => acceptAwaitedInput(input, uploads),
  });
}
