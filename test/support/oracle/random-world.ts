import fc from 'fast-check';
import type { ConnectorModel } from '../../../core/model/connector.ts';
import type { ObjectModel } from '../../../core/model/object.ts';
import type { ScopeRow } from '../../../core/model/stages.ts';
import { connector, literal, scope } from './builders.ts';
import type { OracleRecord } from './oracle.ts';
import { objectOf, recordsOf } from './random-objects.ts';
import { stepsOf } from './random-steps.ts';
import { COLUMNS, rowsOf, V } from './random-values.ts';

/** Objects, the records they hold, a connector and the rows of its scopes. */
export interface RandomWorld {
  readonly objects: readonly ObjectModel[];
  readonly records: readonly OracleRecord[];
  readonly connector: ConnectorModel;
  readonly rows: ReadonlyMap<string, readonly ScopeRow[]>;
}

export interface WorldSize {
  readonly records: number;
  readonly rows: number;
  /** Of the scope `rows`; 0 unless said. */
  readonly minRows?: number;
  readonly steps: number;
}

/** Everything at random. Two objects that refer to themselves and to each other, one to `size.steps` steps, two scopes. */
export function randomWorld(size: WorldSize): fc.Arbitrary<RandomWorld> {
  const names = ['person', 'firm'];
  return fc
    .record({
      objects: fc.tuple(...names.map((name) => objectOf(name, names))),
      steps: fc.integer({ min: 1, max: size.steps }),
      timeZone: fc.constantFrom('UTC', 'America/Denver', 'Asia/Kolkata'),
      literalText: fc.constantFrom('a', 'b'),
    })
    .chain(({ objects, steps, timeZone, literalText }) =>
      fc
        .record({
          records: recordsOf(objects, size.records),
          steps: stepsOf(objects, steps),
          rows: rowsOf(size.minRows ?? 0, size.rows, size.records),
          more: rowsOf(0, Math.ceil(size.rows / 3), size.records),
        })
        .map((random): RandomWorld => ({
          objects,
          records: random.records,
          connector: connector({
            timeZone,
            steps: random.steps,
            scopes: [scope('rows', COLUMNS), scope('more', COLUMNS)],
            additionalVariables: [literal(V.literal, literalText)],
          }),
          rows: new Map([
            ['rows', random.rows],
            ['more', random.more],
          ]),
        })),
    );
}
