import { networkInterfaces } from 'node:os';
import type { TestApiServer } from './api-server.ts';

/** An address of this machine that the API server's proxy leads to: it refuses those of the loopback. Null: there is none. */
export const proxiedAddress =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;

/** The Service of an operator that runs as a process of this machine, as a cluster would have it for its pod. */
export async function publishOperator(server: TestApiServer, namespace: string, port: number): Promise<void> {
  const labels = { 'kubernetes.io/service-name': 'smartconnector' };
  const ports = [{ name: 'http', port, protocol: 'TCP' }];
  const target = { kind: 'Pod', namespace, name: 'operator-0' };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: target.name },
      spec: { containers: [{ name: 'operator', image: 'smartconnector:test' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: 'smartconnector' },
      spec: { ports: [{ name: 'http', port: 8080, targetPort: 'http' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { namespace, name: 'smartconnector' },
      subsets: [{ addresses: [{ ip: proxiedAddress, targetRef: target }], ports }],
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace, name: 'smartconnector-0', labels },
      addressType: 'IPv4',
      endpoints: [{ addresses: [proxiedAddress], conditions: { ready: true }, targetRef: target }],
      ports,
    },
  ];
  for (const object of objects) await server.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const status = { phase: 'Running', podIP: proxiedAddress, podIPs: [{ ip: proxiedAddress }] };
  const patch = JSON.stringify({ status });
  await server.kubectl([
    '-n',
    namespace,
    'patch',
    'pod',
    target.name,
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  ]);
}
