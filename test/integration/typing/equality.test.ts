import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { VariableType } from '../../../core/model/connector.ts';
import { readValue } from '../../../core/typing/read-value.ts';
import { EngineTyping } from './engine-typing.ts';

const engine = new EngineTyping();
afterAll(() => engine.close());

const SEED = Number(process.env['TYPING_SEED'] ?? Date.now() % 1_000_000);
const ZONES = [
  'UTC',
  'America/Denver',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/St_Johns',
];

/** Both readers on the same texts; a difference names the text. */
function expectEqual(type: VariableType, texts: readonly string[], format: string, timeZone = 'UTC'): void {
  const reading = engine.read(type, texts, { variable: { inputFormat: format }, timeZone });
  const used = reading.format ?? '';
  const differences = texts.flatMap((text, index) => {
    const trimmed = text.trim();
    const expected = trimmed === '' ? null : readValue(type, trimmed, { format: used, timeZone, phoneRegion: null });
    const failed = trimmed !== '' && expected === null ? 1 : 0;
    const same = reading.values[index] === expected && reading.failed[index] === failed;
    return same ? [] : [{ text, timeZone, expected, engine: reading.values[index] }];
  });
  expect(differences.slice(0, 5)).toEqual([]);
}

const digits = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const numberText = fc
  .tuple(
    fc.constantFrom('', '-', '+', '--'),
    fc.oneof(
      digits(60),
      fc.array(digits(3), { minLength: 1, maxLength: 4 }).map((groups) => groups.join(',')),
    ),
    fc.oneof(
      fc.constant(''),
      fc.constant('.'),
      digits(60).map((text) => `.${text}`),
      digits(3).map((text) => `,${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: -1100, max: 1100 }).map((exponent) => `e${exponent}`),
      fc.constantFrom('E+3', 'E', 'e0007'),
    ),
  )
  .map((parts) => parts.join(''));

const two = (max: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: 0, max }), fc.boolean())
    .map(([value, padded]) => String(value).padStart(padded ? 2 : 1, '0'));
const year = fc
  .oneof(fc.integer({ min: 1900, max: 2100 }), fc.integer({ min: 0, max: 9999 }))
  .map((value) => String(value).padStart(4, '0'));
const separator = fc.constantFrom('-', '-', '/', '.');
const time = fc.oneof(
  fc.constant(''),
  fc
    .tuple(
      fc.constantFrom(' ', 'T'),
      two(25),
      two(61),
      fc.option(two(61), { nil: null }),
      fc.constantFrom('', '', '.5', '.123456789', '.120'),
      fc.constantFrom('', '', ' AM', 'pm'),
      fc.constantFrom('', '', 'Z', '+02:00', '-0530', '+14', '+15'),
    )
    .map(
      ([space, hour, minute, second, fraction, meridiem, offset]) =>
        `${space}${hour}:${minute.padStart(2, '0')}${second === null ? '' : `:${second.padStart(2, '0')}${fraction}`}${meridiem}${offset}`,
    ),
);
const ordered = (
  first: fc.Arbitrary<string>,
  second: fc.Arbitrary<string>,
  third: fc.Arbitrary<string>,
): fc.Arbitrary<string> =>
  fc
    .tuple(first, separator, second, fc.boolean(), separator, third, time)
    .map(([a, s, b, same, t, c, rest]) => `${a}${s}${b}${same ? s : t}${c}${rest}`);
const dateText: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'detected:YYYY-MM-DD': ordered(year, two(13), two(32)),
  'detected:MM/DD/YYYY': ordered(two(13), two(32), year),
  'detected:DD/MM/YYYY': ordered(two(32), two(13), year),
  ISO8601: ordered(year, two(13), two(32)),
  'DD.MM.YYYY': ordered(two(32), two(13), year),
  '%Y-%m-%d': ordered(year, two(13), two(32)),
  YYYYMMDD: fc.tuple(year, two(13), two(32)).map(([a, b, c]) => `${a}${b.padStart(2, '0')}${c}`),
  'YYYY-MM-DDTHH:mm:ssZ': ordered(year, two(13), two(32)),
  UnixEpoch: fc
    .tuple(
      fc.bigInt({ min: -70_000_000_000n, max: 260_000_000_000n }),
      fc.constantFrom('', '.5', '.000001', '.1234567'),
    )
    .map((parts) => parts.join('')),
  UnixEpochMillis: fc
    .tuple(fc.bigInt({ min: -70_000_000_000_000n, max: 260_000_000_000_000n }), fc.constantFrom('', '.5'))
    .map((parts) => parts.join('')),
  ExcelEpoch: fc
    .tuple(
      fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 3_000_000 })),
      fc.constantFrom('', '.5', '.427430555555556', '.99999999999', '.000001'),
    )
    .map((parts) => parts.join('')),
};

const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number, shift: number): T[] =>
  fc.sample(arbitrary, { numRuns: count, seed: SEED + shift });

describe(`ClickHouse and TypeScript read alike (TYPING_SEED=${SEED})`, () => {
  test.each(['DecimalPoint', 'DecimalComma'])('random numbers as %s', (format) => {
    const texts = sample(numberText, 4000, 1).map((text) =>
      format === 'DecimalComma' ? text.replace(/[.,]/g, (char) => (char === '.' ? ',' : '.')) : text,
    );
    expectEqual('Number', texts, format);
  });

  test.each(Object.entries(dateText))('random dates as %s', (format, arbitrary) => {
    expectEqual('Date', sample(arbitrary, 1500, 2), format);
  });

  test.each(Object.entries(dateText))('random date-times as %s, in every zone', (format, arbitrary) => {
    for (const [index, zone] of ZONES.entries())
      expectEqual('DateTime', sample(arbitrary, 400, 3 + index), format, zone);
  });

  test('every hour around the changes of clocks', () => {
    for (const zone of ZONES) {
      const texts = [
        '2024-03-10',
        '2024-11-03',
        '2024-03-31',
        '2024-10-27',
        '2024-04-07',
        '2024-10-06',
        '2011-12-30',
        '2007-03-11',
      ].flatMap((day) =>
        Array.from(
          { length: 72 },
          (_, third) =>
            `${day} ${String(Math.floor(third / 3)).padStart(2, '0')}:${['00:00', '01:30', '45:00'][third % 3]}`,
        ),
      );
      expectEqual('DateTime', texts, 'detected:YYYY-MM-DD', zone);
    }
  });

  test('random words, addresses and identifiers', () => {
    const noise = fc.string({
      unit: fc.constantFrom('a', 'B', '0', '.', '-', '@', '{', '}', '_', ' ', 'é', '+'),
      maxLength: 14,
    });
    const email = fc.oneof(
      noise,
      fc.emailAddress(),
      fc.tuple(noise, noise).map(([a, b]) => `${a}@${b}.co`),
    );
    expectEqual('Email', sample(email, 2000, 11), '');
    const uuid = fc.oneof(
      noise,
      fc.uuid(),
      fc.uuid().map((id) => `{${id.toUpperCase()}}`),
      fc.uuid().map((id) => id.replaceAll('-', '')),
      fc.uuid().map((id) => `{${id}`),
    );
    expectEqual('UUID', sample(uuid, 1000, 12), '');
    for (const format of ['TrueFalse', 'YesNo', 'OnOff', 'OneZero', 'TF', 'CheckedUnchecked']) {
      expectEqual(
        'Boolean',
        ['true', 'FALSE', 'Yes', 'no', 'ON', 'off', '1', '0', 't', 'F', 'checked', 'Unchecked', '2', 'y', '', ' yes '],
        format,
      );
    }
  });
});
