import { describe, expect, it } from 'vitest';

import { planObjectMigration } from '../../../runner/postgres/object-migration.ts';
import type { TableState } from '../../../runner/postgres/table-state.ts';
import { buildField, buildObject } from '../../support/postgres-objects.ts';

const FORBID = { removeFields: false, changeTypes: false };
const ALLOW = { removeFields: true, changeTypes: true };

const state = (...columns: readonly (readonly [string, string, string | null])[]): TableState => ({
  columns: columns.map(([name, columnType, field]) => ({ name, columnType, field })),
});

describe('planObjectMigration', () => {
  it.each([
    ['an unchanged object needs nothing', state(['sku', 'text', 'Text']), []],
    ['a new field is added', state(), [/ADD COLUMN "sku" text/, /COMMENT ON COLUMN/]],
    ['a column made by hand becomes the field', state(['sku', 'text', null]), [/COMMENT ON COLUMN/]],
    ['a column of no field is left alone', state(['sku', 'text', 'Text'], ['note', 'xml', null]), []],
    ['a type that takes every value only changes the note', state(['sku', 'text', 'Email']), [/COMMENT ON COLUMN/]],
  ])('%s', (_name, actual, expected) => {
    const migration = planObjectMigration(buildObject('product', [buildField('sku', 'Text')]), actual, FORBID);
    expect(migration.refusals).toEqual([]);
    expect(migration.statements).toHaveLength(expected.length);
    migration.statements.forEach((statement, index) => {
      expect(statement.text).toMatch(expected[index] ?? /never/);
    });
  });

  it.each([
    [
      'a removed field',
      state(['sku', 'text', 'Text'], ['old', 'numeric', 'Decimal']),
      /product\.old/,
      /DROP COLUMN "old"/,
    ],
    [
      'a change of the column type',
      state(['sku', 'numeric', 'Integer']),
      /product\.sku.*Integer to Text/,
      /TYPE text USING/,
    ],
  ])('%s is refused, and done where it is allowed', (_name, actual, message, statement) => {
    const object = buildObject('product', [buildField('sku', 'Text')]);
    const refused = planObjectMigration(object, actual, FORBID);
    expect(refused.refusals).toHaveLength(1);
    expect(refused.refusals[0]?.message).toMatch(message);
    expect(refused.refusals[0]?.hint).toContain('smartconnectors.dev/allow-destructive-migration: "true"');
    const allowed = planObjectMigration(object, actual, ALLOW);
    expect(allowed.refusals).toEqual([]);
    expect(allowed.statements.map((one) => one.text).join('\n')).toMatch(statement);
  });

  it.each([
    ['Text to Email', buildField('f', 'Email'), 'text', 'Text', false],
    ['Dropdown to Radio', buildField('f', 'Radio'), 'text', 'Dropdown', true],
    ['Integer to Decimal', buildField('f', 'Decimal'), 'numeric', 'Integer', true],
    ['Decimal to Integer', buildField('f', 'Integer'), 'numeric', 'Decimal', false],
    ['Checkboxes to DynamicTags', buildField('f', 'DynamicTags'), 'text[]', 'Checkboxes', true],
    ['DynamicTags to Checkboxes', buildField('f', 'Checkboxes'), 'text[]', 'DynamicTags', false],
    [
      'a relationship to another object',
      buildField('f', 'Relationship', { object: 'b' }),
      'uuid',
      'Relationship:a',
      false,
    ],
  ])('in one column type, %s', (_name, field, columnType, before, safe) => {
    const { refusals } = planObjectMigration(buildObject('o', [field]), state(['f', columnType, before]), FORBID);
    expect(refusals.length === 0).toBe(safe);
  });

  it('refuses a field that has the name of a system column', () => {
    const { refusals } = planObjectMigration(buildObject('o', [buildField('id', 'Text')]), null, ALLOW);
    expect(refusals[0]?.message).toContain('o.id');
  });
});
