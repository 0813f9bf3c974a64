import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCondition } from '../../../core/control/conditions.ts';
import type { Condition } from '../../../core/generated/types.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import { API_VERSION, CONNECTORS, EXECUTIONS, OBJECTS } from '../../../operator/api/kinds.ts';
import type { Resource, ResourceKind } from '../../../operator/runtime/resource.ts';
import { describeWithApiServer } from '../../support/api-server.ts';
import { arbitraryOf, type OpenApiSchema } from '../../support/arbitrary-of-schema.ts';
import { awaitObject } from '../../support/await-object.ts';
import { seeded } from '../../support/oracle/seed.ts';
import {
  FILE_CONNECTOR,
  MONTHLY_CONNECTOR,
  PLAIN_CONNECTOR,
  awaitConnector,
  createConnector,
  openFaultWorld,
  type FaultWorld,
} from './fault-world.ts';

/** `RUNS=1000 npm test -- nonsense` for an hour of it. */
const RUNS = Number(process.env['RUNS'] ?? '100');
/** Of the specs that were tried; fewer would prove little. */
const LEAST_TAKEN = 0.2;
const LONGEST_MS = 120_000;

const WORDS = [
  'vendor',
  'vendors',
  'name',
  'list',
  'input',
  'sample.csv',
  'a.csv',
  'sound',
  '_row',
  'id',
  'UTC',
  '1h',
  '* * 31 2 *',
];

interface Settling extends Resource {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

function specSchema(kind: ResourceKind): OpenApiSchema {
  const file = join(import.meta.dirname, '../../../crds', `smartconnectors.dev_${kind.plural}.yaml`);
  const definition = parse(readFileSync(file, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: OpenApiSchema } }[] };
  };
  const spec = definition.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
  if (spec === undefined) throw new Error(`${file} has no schema of spec`);
  return spec;
}

/** Sound specs of which some fields are what their schema lets through, and others are left out. */
function nonsense(kind: ResourceKind, sound: readonly object[]): fc.Arbitrary<Record<string, unknown>> {
  const schema = specSchema(kind);
  const fields = Object.entries(schema.properties ?? {}).map(([name, inner]) => {
    const choice = fc.oneof(
      { weight: 16, arbitrary: fc.constant({ take: 'Sound' as const, value: undefined }) },
      { weight: 1, arbitrary: fc.constant({ take: 'None' as const, value: undefined }) },
      {
        weight: 3,
        arbitrary: arbitraryOf(inner, WORDS).map((value) => ({ take: 'Made' as const, value })),
      },
    );
    return [name, choice] as const;
  });
  const choices = fc.record(Object.fromEntries(fields));
  return fc.tuple(fc.constantFrom(...sound), choices).map(([base, chosen]) => {
    const spec: Record<string, unknown> = {};
    for (const [name, { take, value }] of Object.entries(chosen)) {
      const kept = (base as Record<string, unknown>)[name];
      if (take === 'Sound' && kept !== undefined) spec[name] = kept;
      if (take === 'Made') spec[name] = value;
    }
    return spec;
  });
}

const SOUND: readonly (readonly [ResourceKind<Settling>, readonly object[]])[] = [
  [CONNECTORS, [FILE_CONNECTOR, PLAIN_CONNECTOR, MONTHLY_CONNECTOR]],
  [OBJECTS, [{ displayName: 'Vendor', fields: [{ name: 'name', type: 'Text' }] }]],
  [EXECUTIONS, [{ connector: 'sound', mode: 'DryRun', input: { configMapKeyRef: { name: 'input', key: 'a.csv' } } }]],
];

describeWithApiServer('specs that pass their schema and say nonsense', () => {
  let world: FaultWorld;
  let namespace: string;
  let made = 0;

  beforeAll(async () => {
    world = await openFaultWorld();
    await world.inProcess();
    namespace = await world.freshNamespace();
    await createConnector(world, namespace, 'sound', PLAIN_CONNECTOR);
    await awaitConnector(world, namespace, 'sound');
  });
  afterAll(() => world.close());

  /** Whether the API server took it. */
  async function create(kind: ResourceKind<Settling>, name: string, spec: object): Promise<boolean> {
    try {
      await world.server.api.create(kind, {
        apiVersion: API_VERSION,
        kind: kind.kind,
        metadata: { name, namespace },
        spec,
      });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'InvalidObject') return false;
      throw error;
    }
  }

  /** It says where it stands, and why where it is not ready, and nothing is under way for ever. */
  const isSettled = ({ kind, metadata, status }: Settling): boolean => {
    if (status?.observedGeneration !== metadata.generation) return false;
    const ready = findCondition(status.conditions, 'Ready');
    if (ready === null || ready.reason === '' || ready.message === '') return false;
    // An execution may wait for what somebody has to bring, and says so.
    return kind === EXECUTIONS.kind || findCondition(status.conditions, 'Reconciling')?.status !== 'True';
  };

  test.each(SOUND)(
    '$plural come to an end that they explain, and the others go on',
    async (kind, sound) => {
      let taken = 0;
      let tried = 0;
      await fc.assert(
        fc.asyncProperty(nonsense(kind, sound), async (spec) => {
          const name = `nonsense-${(made += 1)}`;
          tried += 1;
          if (!(await create(kind, name, spec))) return;
          taken += 1;
          const key = { namespace, name };
          await awaitObject(world.server.api, kind, key, isSettled, LONGEST_MS);
          await world.server.api.delete(kind, key);
        }),
        seeded({ numRuns: RUNS, endOnFailure: true }),
      );
      expect(taken / tried).toBeGreaterThan(LEAST_TAKEN);
      // Who reconciles is alive, and does not only wait for what is broken.
      const after = `after-${kind.plural}`;
      await createConnector(world, namespace, after, PLAIN_CONNECTOR);
      await awaitConnector(world, namespace, after);
      expect(await world.statuses.faults()).toEqual([]);
    },
    RUNS * 10_000 + LONGEST_MS,
  );
});
