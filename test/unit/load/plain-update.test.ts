import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConflictResolution } from '../../../core/model/connector.ts';
import type { ColumnType, FieldType } from '../../../core/model/object.ts';
import type { FieldValue } from '../../../core/model/outcome.ts';
import { planRow } from '../../../core/planner/plan-row.ts';
import { compileStep } from '../../../core/planner/step.ts';
import { compareColumn } from '../../../runner/load/plain-update.ts';
import { renderCopyColumn } from '../../../runner/load/record-values.ts';
import { escapeField } from '../../../runner/sql/tab-separated.ts';
import { FACTS } from '../../support/oracle/compare.ts';
import { field, mapping, object, ref, rule, step, variable } from '../../support/oracle/builders.ts';
import { seeded } from '../../support/oracle/seed.ts';

/** What a row brings, as typing leaves it. */
const TEXTS = {
  text: ['a', 'b', "it's", "it'", '"', '\\', 'a\\', 'é', 'a\nb', 'a\tb'],
  numeric: ['0', '-0', '1', '1.0', '1.10', '1.1', '01', '-0.5', '-0.50', '.5', '0.5', '10', '1234567890.123456789'],
  boolean: ['true', 'false'],
  date: ['2026-01-31', '2026-02-01', '0001-01-01'],
  timestamptz: ['2026-01-31T23:30:00Z', '2026-02-01T23:30:00Z', '2026-01-31T23:30:00.5Z', '2026-01-31T23:30:00.25Z'],
} as const satisfies Partial<Record<ColumnType, readonly string[]>>;
const FIELDS: Readonly<
  Record<keyof typeof TEXTS, readonly [FieldType, 'String' | 'Number' | 'Boolean' | 'Date' | 'DateTime']>
> = {
  text: ['Text', 'String'],
  numeric: ['Decimal', 'Number'],
  boolean: ['Checkbox', 'Boolean'],
  date: ['Date', 'Date'],
  timestamptz: ['DateTime', 'DateTime'],
};

const pair = fc.constantFrom(...(Object.keys(TEXTS) as (keyof typeof TEXTS)[])).chain((type) =>
  fc.record({
    type: fc.constant(type),
    brought: fc.option(fc.constantFrom(...TEXTS[type]), { freq: 8 }),
    held: fc.oneof({ weight: 8, arbitrary: fc.constantFrom<string | null>(...TEXTS[type]) }, fc.constant(null)),
    rule: fc.constantFrom<ConflictResolution>('OnlyUpdateBlank', 'OverwriteClearIfBlank', 'OverwriteSkipIfBlank'),
  }),
);

/** As the server prints it. */
function renderHeld(type: ColumnType, value: string | null): string {
  if (value === null) return renderCopyColumn(null);
  if (type === 'boolean') return renderCopyColumn(value === 'true');
  return renderCopyColumn(type === 'timestamptz' ? value.replace('T', ' ').replace('Z', '+00') : value);
}

test('the bytes of a value and of what is held differ where the planner would write', () => {
  fc.assert(
    fc.property(pair, ({ type, brought, held, rule: conflictResolution }) => {
      const [fieldType, variableType] = FIELDS[type];
      const code = field('code');
      const target = field('target', fieldType);
      const [sought, source] = [ref('v_code'), ref('v', variableType)];
      const mapped = mapping(target, source, { conflictResolution });
      const load = step(object('item', [code, target]), [rule(code, sought)], [mapped], {});
      const context = { timeZone: 'UTC', phoneRegion: null, hasAddedOption: () => false };
      const compiled = compileStep(load, [variable(sought), variable(source)], [], FACTS, context);
      const value: FieldValue = type === 'boolean' && held !== null ? held === 'true' : held;
      const record = { id: 'r', archived: false, values: { code: 'k', target: value } };
      const row = { row: 1, inputRow: null, rejected: false, problems: [], values: ['k', brought] };
      const view = { find: () => [record], findLive: () => [], parent: () => null };
      const { status } = planRow(compiled, row, 'n', view);

      const bytes = Buffer.from(`\t${escapeField(brought).replaceAll("'", "\\'")}\t`);
      const other = Buffer.from(`\t${renderHeld(type, held)}\t`);
      const column = { field: target, type, rule: conflictResolution, place: 1, constant: bytes, heldColumn: 3 };
      const compared = compareColumn(column, bytes, 1, bytes.length - 1, other, 1, other.length - 1);
      expect(compared).toBe(status === 'Updated' ? 'Different' : 'Same');
    }),
    seeded({ numRuns: 3000 }),
  );
});

test.each(['2026-01-31 23:30:00+00 BC', '20260-01-31 23:30:00+00', 'infinity', '2026-01-31 23:30:00+05'])(
  'a date-time that the server prints as %s is for the planner',
  (text) => {
    const bytes = Buffer.from('2026-01-31T23:30:00Z');
    const held = Buffer.from(text);
    const target = field('target', 'DateTime');
    const rest = { place: 1, constant: bytes, heldColumn: 3 };
    const column = { field: target, type: target.columnType, rule: 'OverwriteClearIfBlank', ...rest } as const;
    expect(compareColumn(column, bytes, 0, bytes.length, held, 0, held.length)).toBe('Unclear');
  },
);
