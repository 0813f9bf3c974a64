import { expect, test } from 'vitest';
import { CONFIG_MAPS, EXECUTIONS, JOBS, OBJECTS, PODS, type JobResource } from '../../../../operator/api/kinds.ts';
import { VALIDATE_ANNOTATION } from '../../../../operator/api/annotations.ts';
import { cacheInputs } from '../../../../operator/controllers/connector/input-cache.ts';
import { PassedValidations } from '../../../../operator/controllers/connector/passed-validations.ts';
import { LastLooks } from '../../../../operator/controllers/execution/last-looks.ts';
import { ObjectCache } from '../../../../operator/runtime/object-cache.ts';
import type { ObjectMeta } from '../../../../operator/runtime/resource.ts';
import {
  connectorInput,
  connectorModel,
  connectorResource,
  executionRequest,
  executionResource,
  metadata,
} from '../../../support/observed.ts';
import { job as viewOf, seen } from './execution-table.ts';

const object = (over: Partial<ObjectMeta> = {}) => ({
  apiVersion: 'smartconnectors.dev/v1alpha1',
  kind: 'KizenObject',
  metadata: metadata('product', over),
  spec: { displayName: 'Product', fields: [] },
});

test('a connector is checked again when it or what it refers to has changed, and not before', () => {
  const objects = new ObjectCache(OBJECTS, [object()]);
  const configMaps = new ObjectCache(CONFIG_MAPS);
  let built = 0;
  const build = () => connectorInput({ connector: connectorModel({ sql: null }), scriptHash: `build ${++built}` });
  const read = cacheInputs(build, { objects, configMaps });
  const hashOf = (over: Partial<ObjectMeta> = {}) => read(connectorResource({ metadata: over })).scriptHash;
  expect([hashOf(), hashOf(), hashOf({ resourceVersion: '2' })]).toEqual(['build 1', 'build 1', 'build 1']);
  expect(hashOf({ generation: 2 })).toBe('build 2');
  expect(hashOf({ generation: 2, annotations: { [VALIDATE_ANNOTATION]: 'now' } })).toBe('build 3');
  objects.put(object({ resourceVersion: '2' }));
  expect([hashOf(), hashOf()]).toEqual(['build 4', 'build 4']);
  objects.put(object({ generation: 2 }));
  expect(hashOf()).toBe('build 5');
  // With one that is missing, every other name may be the one that was meant.
  objects.remove(object());
  expect([hashOf(), hashOf()]).toEqual(['build 6', 'build 7']);
});

test('of more connectors than there is room for, those that were asked for last are remembered, however many there are', () => {
  const built: string[] = [];
  const build = ({ metadata: { name } }: ReturnType<typeof connectorResource>) => {
    built.push(name);
    return connectorInput({ connector: connectorModel({ sql: null }) });
  };
  const one = (name: string) => connectorResource({ metadata: { name } });
  const characters = JSON.stringify(one('a').spec).length;
  const stores = { objects: new ObjectCache(OBJECTS, [object()]), configMaps: new ObjectCache(CONFIG_MAPS) };
  const read = cacheInputs(build, stores, 2 * characters);
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b', 'b']) read(one(name));
  expect(built).toEqual(['a', 'b', 'c', 'b']);
  const readMany = cacheInputs(build, stores);
  const names = Array.from({ length: 10_000 }, (_, index) => `connector-${index}`);
  built.length = 0;
  for (const name of [...names, ...names]) readMany(one(name));
  expect(built).toEqual(names);
});

test('a validation that passed is asked for again after a while, and for another script, environment or connector', () => {
  const passed = new PassedValidations();
  const at = (minute: number) => new Date(Date.UTC(2026, 4, 1, 6, minute));
  const validation = { id: 'v', environmentHash: 'environment-1', state: 'Passed', faults: [] } as const;
  const connector = connectorResource();
  const remember = () => passed.note(connector, connectorInput(), [validation], at(0));
  remember();
  expect(passed.find(connector, connectorInput(), at(4))).toEqual(validation);
  expect(passed.find(connector, connectorInput(), at(6))).toBeNull();
  for (const input of [connectorInput({ scriptHash: 'other' }), connectorInput({ environmentHash: 'other' })]) {
    remember();
    expect(passed.find(connector, input, at(1))).toBeNull();
  }
  remember();
  expect(passed.find(connectorResource({ metadata: { uid: 'other' } }), connectorInput(), at(1))).toBeNull();
  passed.note(connector, connectorInput(), [{ ...validation, state: 'Failed' }], at(0));
  expect(passed.find(connector, connectorInput(), at(1))).toBeNull();
});

test('an execution that runs rests until its time, or until the watch shows something new', () => {
  const execution = executionResource({ metadata: { resourceVersion: '5' } });
  const key = { namespace: 'sales', name: 'prices-1' };
  const jobOf = (resourceVersion: string): JobResource => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata('prices-1-job', { resourceVersion }),
  });
  const stores = {
    executions: new ObjectCache(EXECUTIONS, [execution]),
    jobs: new ObjectCache(JOBS),
    pods: new ObjectCache(PODS),
  };
  let nowMs = 0;
  const ports = { ...stores, now: () => new Date(nowMs) };
  const looks = new LastLooks();
  const note = (state: 'Started' | 'Ended' = 'Started') =>
    looks.note(
      key,
      seen({ execution, request: executionRequest({ state }), job: viewOf({ version: '3' }) }),
      15_000,
      ports,
    );
  note();
  nowMs = 5000;
  expect(looks.stillRests(key, ports)).toEqual({ afterMs: 10_000 });
  stores.jobs.put(jobOf('3'));
  expect(looks.stillRests(key, ports)).toEqual({ afterMs: 10_000 });
  const changes: (() => void)[] = [
    () => (nowMs += 15_000),
    () => stores.jobs.put(jobOf('4')),
    () => stores.jobs.remove(jobOf('3')),
    () => stores.executions.put(executionResource({ metadata: { resourceVersion: '6' } })),
    () =>
      stores.pods.put({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: metadata('pod', { labels: { 'smartconnectors.dev/owner-uid': execution.metadata.uid } }),
      }),
  ];
  for (const change of changes) {
    stores.executions.put(execution);
    stores.jobs.put(jobOf('3'));
    note();
    expect(looks.stillRests(key, ports)).not.toBeNull();
    change();
    expect(looks.stillRests(key, ports)).toBeNull();
  }
  note('Ended');
  expect(looks.stillRests(key, ports)).toBeNull();
});
