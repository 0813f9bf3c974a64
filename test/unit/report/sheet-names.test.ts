import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamePart, SheetNames } from '../../../core/report/sheet-names.ts';

const upload = (object: string, scope: string): NamePart[] => [{ name: object }, ' Upload (', { name: scope }, ')'];
const variables = (scope: string): NamePart[] => ['Extracted Variables (', { name: scope }, ')'];

describe('SheetNames', () => {
  it.each<[string, NamePart[][], string[]]>([
    ['a name that fits stays as written', [upload('Vendor', 'vendors')], ['Vendor Upload (vendors)']],
    [
      'a long scope is cut, not what the sheet is',
      [variables('products_of_the_week')],
      ['Extracted Variables (products…)'],
    ],
    [
      'the longer of two names is cut',
      [upload('product', 'a_scope_with_a_very_long_name')],
      ['product Upload (a_scope_with_…)'],
    ],
    ['forbidden characters are replaced', [upload('a/b\\c', '[x]:*?')], ['a_b_c Upload (_x____)']],
    [
      'the same object and scope twice get numbers',
      [upload('product', 'products'), upload('product', 'products'), upload('product', 'products')],
      ['product Upload (products)', 'product Upload (products) 2', 'product Upload (products) 3'],
    ],
    [
      'case does not tell sheets apart',
      [upload('Product', 'products'), upload('product', 'PRODUCTS')],
      ['Product Upload (products)', 'product Upload (PRODUCTS) 2'],
    ],
    [
      'names that are cut to the same text get numbers within the limit',
      [variables('products_of_the_week'), variables('products_of_the_year')],
      ['Extracted Variables (products…)', 'Extracted Variables (produc…) 2'],
    ],
    ['the name that Excel keeps for itself is not given', [['History'], ['HISTORY']], ['History 2', 'HISTORY 3']],
    ['no apostrophe at an end', [[{ name: "'quoted'" }]], ['_quoted_']],
    ['an empty name is a name all the same', [[{ name: '\u0000' }], ['']], ['Sheet', 'Sheet 2']],
    ['a character of two units is not cut in half', [[{ name: '🔩'.repeat(20) }]], [`${'🔩'.repeat(15)}…`]],
  ])('%s', (_, parts, expected) => {
    const names = new SheetNames();
    expect(parts.map((each) => names.take(...each))).toEqual(expected);
  });

  it('gives legal and unique names for any objects and scopes', () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.constantFrom('a', 'A', 'products', "'"));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 30 }), (pairs) => {
        const names = new SheetNames();
        const given = pairs.map(([object, scope]) => names.take(...upload(object, scope)));
        expect(new Set(given.map((each) => each.toLowerCase())).size).toBe(given.length);
        for (const each of given) {
          expect(each.length).toBeLessThanOrEqual(31);
          expect(each).not.toMatch(/[[\]:*?/\\]|^'|'$|^$|\p{Surrogate}/u);
        }
      }),
    );
  });
});
