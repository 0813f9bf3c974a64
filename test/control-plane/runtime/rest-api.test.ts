import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConfigMapResource, ObjectResource } from '../../../operator/api/kinds.ts';
import { API_VERSION, CONFIG_MAPS, OBJECTS } from '../../../operator/api/kinds.ts';
import { describeWithApiServer, startApiServer, type TestApiServer } from '../../support/api-server.ts';

describeWithApiServer('RestApi on a real API server', () => {
  let server: TestApiServer;
  let namespace: string;
  beforeAll(async () => {
    server = await startApiServer();
    namespace = await server.freshNamespace();
  });
  afterAll(() => server.stop());

  const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    data,
  });

  test('creates, reads, patches and deletes one object', async () => {
    const key = { namespace, name: 'one' };
    const { api } = server;
    expect(await api.get(CONFIG_MAPS, key)).toBeNull();
    const made = await api.create(CONFIG_MAPS, configMap('one', { a: '1' }));
    expect(made?.data).toEqual({ a: '1' });
    expect(await api.create(CONFIG_MAPS, configMap('one'))).toBeNull();
    const patched = await api.patch(CONFIG_MAPS, key, { data: { a: null, b: '2' } });
    expect(patched?.data).toEqual({ b: '2' });
    expect((await api.get(CONFIG_MAPS, key))?.metadata.uid).toBe(made?.metadata.uid);
    expect(await api.delete(CONFIG_MAPS, key, { uid: 'of-another-object' })).toBe(false);
    expect(await api.delete(CONFIG_MAPS, key, { uid: made?.metadata.uid ?? '' })).toBe(true);
    expect(await api.delete(CONFIG_MAPS, key)).toBe(false);
    expect(await api.patch(CONFIG_MAPS, key, { data: {} })).toBeNull();
  });

  test('a patch of a version that has been overtaken is refused as a conflict', async () => {
    const { api } = server;
    const key = { namespace, name: 'contested' };
    const made = await api.create(CONFIG_MAPS, configMap('contested'));
    const { resourceVersion } = made?.metadata ?? { resourceVersion: '' };
    await api.patch(CONFIG_MAPS, key, { data: { by: 'another' } });
    await expect(
      api.patch(CONFIG_MAPS, key, { metadata: { resourceVersion }, data: { by: 'us' } }),
    ).rejects.toMatchObject({ code: 'Conflict', class: 'waiting' });
    expect(await api.replace(CONFIG_MAPS, key, { ...configMap('contested'), metadata: made?.metadata })).toBeNull();
  });

  test('lists more objects than one page holds, those with a label alone, and of every namespace', async () => {
    const { api } = server;
    const other = await server.freshNamespace();
    const names = Array.from({ length: 520 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
    for (let start = 0; start < names.length; start += 20) {
      const slice = names.slice(start, start + 20);
      await Promise.all(slice.map((name) => api.create(CONFIG_MAPS, configMap(name, {}, { of: 'many' }))));
    }
    const elsewhere = configMap('many-elsewhere', {}, { of: 'many' });
    await api.create(CONFIG_MAPS, { ...elsewhere, metadata: { ...elsewhere.metadata, namespace: other } });
    const listed = await api.list<ConfigMapResource>(CONFIG_MAPS, { namespace, labelSelector: 'of=many' });
    expect(listed.map((each) => each.metadata.name)).toEqual(names);
    const everywhere = await api.list<ConfigMapResource>(CONFIG_MAPS, { namespace: null, labelSelector: 'of=many' });
    expect(everywhere).toHaveLength(521);
    expect(everywhere.every((each) => each.kind === 'ConfigMap' && each.apiVersion === 'v1')).toBe(true);
  });

  test('the status of our kinds is written apart from their spec', async () => {
    const { api } = server;
    const key = { namespace, name: 'product' };
    const spec = { fields: [{ name: 'sku', type: 'Text' }] };
    const made = await api.create<ObjectResource>(OBJECTS, {
      apiVersion: API_VERSION,
      kind: 'KizenObject',
      metadata: key,
      spec,
    });
    expect(made?.status?.observedGeneration).toBe(-1);
    const patched = await api.patch(
      OBJECTS,
      key,
      { status: { observedGeneration: 1 }, spec: { fields: [] } },
      'status',
    );
    expect(patched?.status?.observedGeneration).toBe(1);
    expect(patched?.spec.fields).toMatchObject(spec.fields);
  });

  test('an object that its schema refuses is a terminal fault that names the field', async () => {
    const object = {
      apiVersion: API_VERSION,
      kind: 'KizenObject',
      metadata: { name: 'bad', namespace },
      spec: { fields: 3 },
    };
    await expect(server.api.create(OBJECTS, object)).rejects.toMatchObject({
      class: 'terminal',
      message: expect.stringContaining('spec.fields') as string,
    });
  });
});
