import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { readConnector } from '../../cli/manifests.ts';
import type { Outcome } from '../../core/model/outcome.ts';
import type { RunResult } from '../../core/model/run-result.ts';
import { artifactId, storeArtifact, streamArtifact } from '../../runner/artifacts/artifact-store.ts';
import { migrateControlSchema } from '../../runner/executions/control-schema.ts';
import { findExecution, insertExecution, type Execution, type Snapshot } from '../../runner/executions/executions.ts';
import { openPool, type SqlPool } from '../../runner/postgres/pool.ts';
import { freezeConnector } from '../../runner/stages/freeze-connector.ts';
import { freshDatabase } from './postgres.ts';

const NODE = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
const VALIDATION_STAGES = ['take', 'validate', 'answer'];
const ENTRY = fileURLToPath(new URL('../../runner/container/main.ts', import.meta.url));

export interface ContainerEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Messages that it logged. */
  readonly log: readonly { readonly level: number; readonly msg: string; readonly code?: string }[];
}

export interface ContainerRun {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly onStart?: (pid: number) => void;
}

export interface NewRun {
  readonly mode?: 'Live' | 'DryRun';
  /** Null: it has none, or it is mounted. */
  readonly input?: string | null;
  readonly inputName?: string | null;
  readonly chunkRows?: number;
}

/** A database and a directory on which the processes of the runner's containers are run one after another. */
export interface ContainerWorld {
  readonly url: string;
  readonly pool: SqlPool;
  /** What a controller does as it starts an execution: keeps its input, freezes its connector. */
  start(id: string, snapshot: Snapshot, run?: NewRun): Promise<Execution>;
  /** A workspace that is empty, as every pod has. */
  workspace(): Promise<string>;
  run(stage: string, id: string, workspace: string, run?: ContainerRun): Promise<ContainerEnd>;
  /** Runs the containers of one pod: those after one that fails do not start. */
  attempt(id: string, run?: ContainerRun): Promise<ContainerEnd[]>;
  /** The same for a validation. */
  validate(id: string, run?: ContainerRun): Promise<ContainerEnd[]>;
  find(id: string): Promise<Execution>;
  result(id: string): Promise<RunResult>;
  outcomes(id: string): Promise<Outcome[]>;
  close(): Promise<void>;
}

/** A connector of manifests as a controller freezes it. */
export async function readSnapshot(paths: readonly string[], connector: string): Promise<Snapshot> {
  const found = await readConnector(paths, connector, null, null);
  return { connector: await freezeConnector(found.connector), objects: found.objects };
}

export async function openContainerWorld(): Promise<ContainerWorld> {
  const database = await freshDatabase();
  const pool = openPool(database.url);
  await pool.withConnection(({ pg }) => migrateControlSchema(pg));
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-containers-'));

  const workspace = (): Promise<string> => mkdtemp(join(directory, 'pod-'));
  const run: ContainerWorld['run'] = (stage, id, at, { args = [], environment = {}, onStart } = {}) => {
    const isValidation = VALIDATION_STAGES.includes(stage);
    const target = [isValidation ? '--validation' : '--execution', id, '--workspace', at];
    // As in a pod: the SQL reaches no database.
    const reach = stage === 'sql' || stage === 'validate' ? {} : { SMARTCONNECTOR_DATABASE: database.url };
    return new Promise((resolve, reject) => {
      const child = spawn(NODE, ['--disable-warning=ExperimentalWarning', ENTRY, stage, ...target, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env['PATH'] ?? '', ...reach, ...environment },
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
      child.on('error', reject);
      child.on('close', (status, signal) => {
        const lines = text.split('\n').filter((line) => line !== '');
        resolve({ status, signal, log: lines.map((line) => JSON.parse(line) as ContainerEnd['log'][number]) });
      });
      if (child.pid !== undefined) onStart?.(child.pid);
    });
  };
  const runPod = async (stages: readonly string[], id: string, options?: ContainerRun): Promise<ContainerEnd[]> => {
    const pod = await workspace();
    const ends: ContainerEnd[] = [];
    for (const stage of stages) {
      const ended = await run(stage, id, pod, options);
      ends.push(ended);
      if (ended.status !== 0) break;
    }
    await rm(pod, { recursive: true });
    return ends;
  };
  const find = async (id: string): Promise<Execution> => {
    const found = await pool.withConnection(({ pg }) => findExecution(pg, id));
    if (found === null) throw new Error(`no execution ${id}`);
    return found;
  };
  return {
    url: database.url,
    pool,
    workspace,
    run,
    find,
    start: (id, snapshot, { mode = 'Live', input = null, inputName, chunkRows = 1000 } = {}) =>
      pool.withConnection(async ({ pg }) => {
        const fileName = input === null ? (inputName ?? null) : basename(input);
        const inputArtifact = input === null ? null : artifactId.input(id);
        const { namespace } = snapshot.connector;
        if (input !== null && inputArtifact !== null) {
          const artifact = {
            id: inputArtifact,
            namespace,
            executionId: id,
            kind: 'Input',
            fileName: basename(input),
          } as const;
          await storeArtifact(pg, artifact, createReadStream(input));
        }
        return insertExecution(pg, {
          id,
          snapshot,
          mode,
          diffCheck: snapshot.connector.diffCheck,
          chunkRows,
          inputName: fileName,
          inputArtifact,
          triggeredBy: null,
          scheduledTime: null,
          startedAt: new Date().toISOString(),
          phase: 'Pending',
          name: id,
          connectorUid: 'connector-uid',
        });
      }),
    attempt: (id, options) => runPod(['intake', 'sql', 'load'], id, options),
    validate: (id, options) => runPod(VALIDATION_STAGES, id, options),
    result: async (id) => {
      const { result } = await find(id);
      if (result === null) throw new Error(`execution ${id} has not ended`);
      return result;
    },
    outcomes: (id) =>
      pool.withConnection(async ({ pg }) => {
        const plain = createGunzip();
        const parts: Buffer[] = [];
        for await (const part of streamArtifact(pg, artifactId.outcomes(id))) parts.push(part);
        plain.end(Buffer.concat(parts));
        let text = '';
        for await (const part of plain.setEncoding('utf8')) text += String(part);
        return text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Outcome);
      }),
    close: async () => {
      await pool.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const statuses = (ends: readonly ContainerEnd[]): (number | null)[] => ends.map(({ status }) => status);
