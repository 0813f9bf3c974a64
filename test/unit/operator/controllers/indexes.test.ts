import { expect, test } from 'vitest';
import { PODS, type PodResource } from '../../../../operator/api/kinds.ts';
import { inNamespace, podsByOwner } from '../../../../operator/controllers/indexes.ts';
import { OWNER_UID_LABEL } from '../../../../operator/jobs/pod-parts.ts';
import { ObjectCache } from '../../../../operator/runtime/object-cache.ts';

const UID = '5f0c8a52-6f4e-4f5b-9d5c-1d0f3f0a7b11';
const pod = (namespace: string, name: string, labels: Readonly<Record<string, string>>): PodResource => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, uid: name, resourceVersion: '1', generation: 0, creationTimestamp: '', labels },
});

test.each<[string, PodResource, string[]]>([
  ['a pod of its namespace', pod('sales', 'one', { [OWNER_UID_LABEL]: UID }), ['one']],
  ['none of another owner', pod('sales', 'one', { [OWNER_UID_LABEL]: 'another' }), []],
  ['none without an owner', pod('sales', 'one', {}), []],
  ['none of another namespace, whatever its labels say', pod('other', 'one', { [OWNER_UID_LABEL]: UID }), []],
])('what runs for an execution is found by its uid: %s', (_case, one, expected) => {
  const pods = new ObjectCache(PODS, [one]);
  expect(pods.find(podsByOwner, inNamespace('sales', UID)).map(({ metadata }) => metadata.name)).toEqual(expected);
});
