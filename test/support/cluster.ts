import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { KubeConfig } from '@kubernetes/client-node';
import { describe } from 'vitest';
import { ApiConnection } from '../../operator/runtime/api-connection.ts';
import { RestApi } from '../../operator/runtime/rest-api.ts';
import { findApiServerPrograms } from './api-server-programs.ts';

export const SYSTEM_NAMESPACE = 'smartconnector-system';
export const REPOSITORY = join(import.meta.dirname, '../..');

interface GivenCluster {
  readonly kubeconfig: string;
  /** The image of the operator, as the cluster's nodes know it. */
  readonly image: string;
  /** The image of the PostgreSQL of `deploy/trial`, likewise. */
  readonly postgresImage: string;
}

/**
 * The cluster to test in: KUBECONFIG says where it is. The name of an image has to be given too, so that nobody's cluster is written to
 * by a plain `npm test`. Null: there is none, and its tests are left out; on a build server that is a fault.
 */
export function findCluster(): GivenCluster | null {
  const { KUBECONFIG, SMARTCONNECTOR_TEST_IMAGE, SMARTCONNECTOR_TEST_POSTGRES_IMAGE, CI } = process.env;
  if (KUBECONFIG !== undefined && SMARTCONNECTOR_TEST_IMAGE !== undefined) {
    return {
      kubeconfig: KUBECONFIG,
      image: SMARTCONNECTOR_TEST_IMAGE,
      postgresImage: SMARTCONNECTOR_TEST_POSTGRES_IMAGE ?? 'docker.io/library/postgres:18-bookworm',
    };
  }
  if (CI === 'true') {
    throw new Error(
      'no cluster to test in. Set KUBECONFIG to one that tests may write to, and SMARTCONNECTOR_TEST_IMAGE to the image ' +
        'of this code that its nodes have or can pull; see CONTRIBUTING.md.',
    );
  }
  return null;
}

const given = findCluster();

/** `describe` for tests that need a cluster with the operator in it; they are skipped where there is none. */
export const describeInCluster = describe.skipIf(given === null);

/** The environment in which `kubectl` is the one of the tests and speaks to their cluster. */
export function clusterEnvironment(): NodeJS.ProcessEnv {
  const programs = findApiServerPrograms();
  const path = process.env['PATH'] ?? '';
  const hasKubectl = programs !== null && existsSync(join(programs, 'kubectl'));
  return { ...process.env, PATH: hasKubectl ? `${programs}${delimiter}${path}` : path };
}

/** @returns what it wrote; throws with what it wrote to standard error where it failed */
export function kubectl(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: clusterEnvironment(), maxBuffer: 64 * 2 ** 20, cwd: REPOSITORY };
    const child = execFile('kubectl', [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.join(' ')}: ${stderr || error.message}`, { cause: error }));
    });
    child.stdin?.end(input);
  });
}

export interface ClusterClient {
  readonly api: RestApi;
  readonly connection: ApiConnection;
}

/** A client of the cluster, as the user of its kubeconfig; for hooks and tests, which do not run where there is none. Close it. */
export function connectToCluster(): ClusterClient {
  if (given === null) throw new Error('there is no cluster to test in');
  const config = new KubeConfig();
  config.loadFromFile(given.kubeconfig);
  const connection = new ApiConnection(config);
  return { api: new RestApi(connection), connection };
}

export interface Forward {
  readonly port: number;
  close(): void;
}

/** `kubectl port-forward` to a pod or Service of the operator's namespace. */
export function forwardPort(target: string, port: number): Promise<Forward> {
  const args = ['port-forward', '-n', SYSTEM_NAMESPACE, target, `:${port}`];
  const child = spawn('kubectl', args, { env: clusterEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const killNow = (): boolean => child.kill('SIGKILL');
  process.on('exit', killNow);
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    child.on('error', reject);
    child.on('close', () => reject(new Error(`kubectl port-forward ${target}: ${errors}`)));
    createInterface(child.stdout).on('line', (line) => {
      const found = /127\.0\.0\.1:(\d+)/.exec(line);
      if (found === null) return;
      const close = (): void => {
        process.off('exit', killNow);
        killNow();
      };
      resolve({ port: Number(found[1]), close });
    });
  });
}

/** Puts the operator and its trial database into the cluster, and waits until they are there. @returns what takes them away again */
export async function installOperator({ image, postgresImage }: GivenCluster): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-cluster-'));
  const tagged = (name: string, full: string): object => {
    const colon = full.lastIndexOf(':');
    return { name, newName: full.slice(0, colon), newTag: full.slice(colon + 1) };
  };
  await writeFile(
    join(directory, 'kustomization.yaml'),
    JSON.stringify({
      resources: [relative(directory, join(REPOSITORY, 'deploy/trial'))],
      images: [
        tagged('ghcr.io/smartconnectors/smartconnector', image),
        tagged('docker.io/library/postgres', postgresImage),
      ],
    }),
  );
  await kubectl(['apply', '--server-side', '-k', directory]);
  await kubectl(['-n', SYSTEM_NAMESPACE, 'rollout', 'status', 'deployment/smartconnector-operator', '--timeout=240s']);
  return async () => {
    await kubectl(['delete', '-k', directory, '--ignore-not-found', '--timeout=120s']);
    await rm(directory, { recursive: true });
  };
}
