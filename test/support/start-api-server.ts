import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../core/errors/app-error.ts';
import { ApiConnection } from '../../operator/runtime/api-connection.ts';
import { RestApi } from '../../operator/runtime/rest-api.ts';
import { findApiServerPrograms } from './api-server-programs.ts';
import { freePort, startProgram } from './child-program.ts';

/** A real kube-apiserver of this test file's own, with our kinds; no controllers and no kubelet behind it. */
export interface TestApiServer {
  readonly config: KubeConfig;
  readonly kubeconfig: string;
  /** For a user of its own with the same rights. */
  readonly operatorKubeconfig: string;
  readonly api: RestApi;
  /** A new namespace of a name that no other has. */
  freshNamespace(): Promise<string>;
  /** Needs kubectl beside kube-apiserver. @returns what it wrote; throws where it failed */
  readonly kubectl: (
    args: readonly string[],
    input?: string,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<string>;
  /** Kills kube-apiserver at once, or lets it end; what is stored stays. */
  stopServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again at the same address. */
  startServer(): Promise<void>;
  /** Kills etcd at once and starts it again on what it had stored. */
  restartStore(): Promise<void>;
  /** Ends everything and removes its files. */
  stop(): Promise<void>;
}

/** Null: there is none here. */
export const programs = findApiServerPrograms();

const READY_MS = 90_000;
const CRDS = join(import.meta.dirname, '../../crds');
const NAMESPACES = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' };

export interface ApiServerOptions {
  /** A file for a line of JSON about every request of the user `operator`, whom `operatorKubeconfig` is for. */
  readonly auditFile?: string;
}

const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: ['operator'] }, { level: 'None' }],
};

export async function startApiServer({ auditFile }: ApiServerOptions = {}): Promise<TestApiServer> {
  if (programs === null) throw new Error('no kube-apiserver here: see test/support/api-server-programs.ts');
  const directory = await mkdtemp(join(tmpdir(), 'smartconnector-api-server-'));
  const [clientPort, peerPort, securePort] = [await freePort(), await freePort(), await freePort()];
  const [token, operatorToken] = [randomUUID(), randomUUID()];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const accountKey = join(directory, 'accounts.key');
  const tokens = join(directory, 'tokens.csv');
  await writeFile(accountKey, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const users = [`${token},admin,admin,system:masters`, `${operatorToken},operator,operator,system:masters`];
  await writeFile(tokens, `${users.join('\n')}\n`, { mode: 0o600 });
  const auditPolicy = join(directory, 'audit-policy.json');
  await writeFile(auditPolicy, JSON.stringify(AUDIT_POLICY));
  const etcdArguments = [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${clientPort}`,
    `--advertise-client-urls=http://127.0.0.1:${clientPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    '--unsafe-no-fsync',
  ];
  let etcd = startProgram(join(programs, 'etcd'), etcdArguments);
  const arguments_ = [
    `--etcd-servers=http://127.0.0.1:${clientPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${securePort}`,
    `--cert-dir=${directory}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${accountKey}`,
    `--service-account-signing-key-file=${accountKey}`,
    '--disable-admission-plugins=ServiceAccount',
    ...(auditFile === undefined
      ? []
      : [`--audit-policy-file=${auditPolicy}`, `--audit-log-path=${auditFile}`, '--audit-log-maxsize=1000']),
  ];
  const program = join(programs, 'kube-apiserver');
  let apiServer = startProgram(program, arguments_);
  const address = `https://127.0.0.1:${securePort}`;
  const caFile = join(directory, 'apiserver.crt');
  const config = configOf(address, token, caFile);
  const kubeconfig = join(directory, 'kubeconfig');
  const operatorKubeconfig = join(directory, 'operator-kubeconfig');
  await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
  await writeFile(operatorKubeconfig, configOf(address, operatorToken, caFile).exportConfig(), { mode: 0o600 });
  const connection = new ApiConnection(config);
  const api = new RestApi(connection);
  const untilReady = (): Promise<void> =>
    retryUntil(async () => {
      const ended = [etcd, apiServer].find((each) => each.hasEnded());
      if (ended !== undefined) return new Error(`it ended: ${ended.output()}`);
      const response = await connection.open({ method: 'GET', path: '/readyz', silenceMs: 5000 });
      response.resume();
      return response.statusCode === 200 ? null : new Error(`/readyz answers ${response.statusCode ?? 0}`);
    });
  const server: TestApiServer = {
    config,
    kubeconfig,
    operatorKubeconfig,
    api,
    freshNamespace: async () => {
      const name = `test-${randomUUID().slice(0, 8)}`;
      await api.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    kubectl: (args, input, environment) =>
      runKubectl(join(programs, 'kubectl'), ['--kubeconfig', kubeconfig, ...args], input, environment),
    stopServer: (signal) => apiServer.stop(signal),
    startServer: async () => {
      apiServer = startProgram(program, arguments_);
      await untilReady();
    },
    restartStore: async () => {
      await etcd.stop('SIGKILL');
      etcd = startProgram(join(programs, 'etcd'), etcdArguments);
      await untilReady();
    },
    stop: async () => {
      connection.close();
      await apiServer.stop('SIGKILL');
      await etcd.stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    await untilReady();
    await applyCrds(server);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function configOf(server: string, token: string, caFile: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'test', server, caFile, skipTLSVerify: false }],
    users: [{ name: 'admin', token }],
    contexts: [{ name: 'test', cluster: 'test', user: 'admin' }],
    currentContext: 'test',
  });
  return config;
}

async function applyCrds({ kubectl }: TestApiServer): Promise<void> {
  const files = (await readdir(CRDS)).filter((file) => file.endsWith('.yaml'));
  await kubectl(['apply', '--server-side', ...files.flatMap((file) => ['-f', join(CRDS, file)])]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
}

/** @param attempt null when it has succeeded, else why it has not yet */
async function retryUntil(attempt: () => Promise<Error | null>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const fault = await attempt().catch((error: unknown) => new Error(messageOf(error)));
    if (fault === null) return;
    if (Date.now() > deadline)
      throw new Error(`the API server was not ready in ${READY_MS / 1000} s: ${fault.message}`);
    await pause(100);
  }
}

function runKubectl(
  program: string,
  args: readonly string[],
  input?: string,
  environment?: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.slice(2).join(' ')}: ${stderr || error.message}`));
    });
    child.stdin?.end(input);
  });
}
