import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { splitStatements } from '../../../core/sql/statements.ts';
import { FencedEngine } from './engine.ts';

const engine = new FencedEngine();
afterAll(() => engine.close());

/** Pieces at which the engine's lexer and ours could part. */
const PIECES = [
  ...[' ', '\n', '\r', '\t', '\f', '\v', '\u00a0', '\u2003', '\u200b', '\ufeff', '\u0085', '\0'],
  ...[
    "'",
    '"',
    '`',
    '\\',
    "''",
    '""',
    '``',
    "\\'",
    'x',
    "x'",
    "b'01",
    "X'4",
    'e',
    'E',
    'N',
    '\u2018',
    '\u2019',
    '\u201c',
    '\u201d',
  ],
  ...[
    '--',
    '-',
    '->',
    '/*',
    '*/',
    '/',
    '//',
    '*',
    '#',
    '# ',
    '#!',
    '#\t',
    '$',
    '$$',
    '$a$',
    '{',
    '}',
    '@',
    '@@',
    '?',
    ':',
    '::',
    '^',
    '!',
    '|',
    '||',
  ],
  ...[
    '1',
    '1e',
    '1e-',
    '0x',
    '0b',
    '.',
    '.5',
    '1.',
    '1_',
    '_',
    'a',
    'SELECT',
    ' SELECT 1',
    ' AS ',
    '(',
    ')',
    ',',
    '\u2212',
    'ü',
    '😀',
  ],
  ...[';', '; ', ';\n'],
];
const SECOND = '; CREATE TABLE connector.canary (a UInt8) ENGINE = Memory';

test('explaining a statement never runs what stands behind it, whatever the script', () => {
  const seed = Date.now() % 1_000_000;
  const script = fc.array(fc.constantFrom(...PIECES, SECOND), { maxLength: 14 });
  fc.assert(
    fc.property(script, (pieces) => {
      const { statements, faults } = splitStatements(`SELECT 1${pieces.join('')}${SECOND}`);
      // With a fault nothing of the script runs.
      if (faults.length > 0) return;
      for (const statement of statements) {
        try {
          engine.explain(statement);
        } catch {
          // A syntax error is an answer too.
        }
      }
      expect(engine.run('EXISTS TABLE connector.canary')).toBe('0\n');
    }),
    { seed, numRuns: 4000 },
  );
});
