import { describe, expect, test } from 'vitest';
import type { ArrayDelimiter, VariableType, VariableValue } from '../../../core/model/connector.ts';
import { typeLiteral, type LiteralOptions } from '../../../core/typing/literal.ts';

interface Case {
  readonly name: string;
  readonly type: VariableType;
  readonly text: string;
  readonly value: VariableValue;
  readonly delimiter?: ArrayDelimiter;
  readonly options?: LiteralOptions;
}

const FORTY = '1234567890123456789012345678901234567890';

const CASES: readonly Case[] = [
  { name: 'a text is trimmed', type: 'String', text: '  a b ', value: 'a b' },
  { name: 'a blank text is null', type: 'String', text: ' \t', value: null },
  { name: 'NUL characters are dropped', type: 'String', text: 'a\0b', value: 'ab' },
  { name: 'a yes is true', type: 'Boolean', text: 'YES', value: 'true' },
  { name: 'a zero is false', type: 'Boolean', text: '0', value: 'false' },
  { name: 'forty digits are kept', type: 'Number', text: FORTY, value: FORTY },
  { name: 'trailing zeros are kept', type: 'Number', text: '1.5000', value: '1.5000' },
  { name: 'leading zeros are removed', type: 'Number', text: '-007.10', value: '-7.10' },
  { name: 'grouped digits are joined', type: 'Number', text: '1,234,567.8', value: '1234567.8' },
  { name: 'minus nothing is nothing', type: 'Number', text: '-0', value: '0' },
  { name: 'minus nothing keeps its places', type: 'Number', text: '-0.00', value: '0.00' },
  { name: 'an exponent is expanded', type: 'Number', text: '1.50e3', value: '1500' },
  { name: 'a negative exponent is expanded', type: 'Number', text: '-12E-3', value: '-0.012' },
  { name: 'a point without a whole part', type: 'Number', text: '.5', value: '0.5' },
  {
    name: 'a decimal comma where declared',
    type: 'Number',
    text: '1.234,50',
    value: '1234.50',
    options: { inputFormat: 'DecimalComma' },
  },
  { name: 'a leap day', type: 'Date', text: '2024-02-29', value: '2024-02-29' },
  { name: 'a day of two digits is the month first', type: 'Date', text: '1/2/2024', value: '2024-01-02' },
  { name: 'a day above twelve settles the order', type: 'Date', text: '13.2.2024', value: '2024-02-13' },
  { name: 'a time is cut from a date', type: 'Date', text: '2024-01-31T23:59:59-11:00', value: '2024-01-31' },
  { name: 'the first year', type: 'Date', text: '0001-01-01', value: '0001-01-01' },
  { name: 'a date-time in UTC', type: 'DateTime', text: '2024-01-31 10:00', value: '2024-01-31T10:00:00Z' },
  {
    name: 'a date-time with an offset',
    type: 'DateTime',
    text: '2024-01-31T10:00:00.1234567+02:00',
    value: '2024-01-31T08:00:00.123456Z',
  },
  {
    name: 'a local time in winter',
    type: 'DateTime',
    text: '2024-01-31 10:00',
    value: '2024-01-31T17:00:00Z',
    options: { timeZone: 'America/Denver' },
  },
  {
    name: 'a local time that comes twice is the first',
    type: 'DateTime',
    text: '2024-11-03 01:30',
    value: '2024-11-03T07:30:00Z',
    options: { timeZone: 'America/Denver' },
  },
  {
    name: 'a local time left out comes an hour later',
    type: 'DateTime',
    text: '2024-03-10 02:30',
    value: '2024-03-10T09:30:00Z',
    options: { timeZone: 'America/Denver' },
  },
  { name: 'noon by the clock of twelve', type: 'DateTime', text: '1/2/2024 12:00 PM', value: '2024-01-02T12:00:00Z' },
  {
    name: 'midnight by the clock of twelve',
    type: 'DateTime',
    text: '1/2/2024 12:30 am',
    value: '2024-01-02T00:30:00Z',
  },
  {
    name: 'seconds since 1970',
    type: 'DateTime',
    text: '-0.5',
    value: '1969-12-31T23:59:59.5Z',
    options: { inputFormat: 'UnixEpoch' },
  },
  {
    name: 'milliseconds since 1970',
    type: 'Date',
    text: '1706695200000',
    value: '2024-01-31',
    options: { inputFormat: 'UnixEpochMillis' },
  },
  {
    name: 'a serial of a spreadsheet',
    type: 'DateTime',
    text: '45322.427430555556',
    value: '2024-01-31T10:15:30Z',
    options: { inputFormat: 'ExcelEpoch' },
  },
  {
    name: 'a serial before the phantom day',
    type: 'Date',
    text: '59',
    value: '1900-02-28',
    options: { inputFormat: 'ExcelEpoch' },
  },
  {
    name: 'a serial after the phantom day',
    type: 'Date',
    text: '61',
    value: '1900-03-01',
    options: { inputFormat: 'ExcelEpoch' },
  },
  {
    name: 'a strftime pattern',
    type: 'Date',
    text: '31.01.2024',
    value: '2024-01-31',
    options: { inputFormat: '%d.%m.%Y' },
  },
  {
    name: 'a glued pattern',
    type: 'DateTime',
    text: '20240131101500',
    value: '2024-01-31T10:15:00Z',
    options: { inputFormat: 'YYYYMMDDHHmmss' },
  },
  {
    name: 'an address as written',
    type: 'Email',
    text: " Ann.O'Hara+x@Example.co.uk ",
    value: "Ann.O'Hara+x@Example.co.uk",
  },
  {
    name: 'an identifier in braces',
    type: 'UUID',
    text: '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}',
    value: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  },
  {
    name: 'an identifier without hyphens',
    type: 'UUID',
    text: 'a0eebc999c0b4ef8bb6d6bb9bd380a11',
    value: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  },
  { name: 'a phone number with its country', type: 'PhoneNumber', text: '+1 (213) 373-4253', value: '+12133734253' },
  {
    name: 'a national phone number in its region',
    type: 'PhoneNumber',
    text: '030 1234567',
    value: '+49301234567',
    options: { phoneRegion: 'DE' },
  },
  { name: 'a list, trimmed, without blanks', type: 'String', text: ' a;;b ; ', value: ['a', 'b'], delimiter: ';' },
  { name: 'a list in braces', type: 'Number', text: '{1, 2}', value: ['1', '2'], delimiter: '{}' },
  { name: 'a list in brackets, quoted', type: 'String', text: '["a", "b"]', value: ['a', 'b'], delimiter: '[]' },
  { name: 'a list of nothing', type: 'String', text: '[]', value: null, delimiter: '[]' },
];

test.each(CASES)('$name: $type $text', ({ type, text, value, delimiter, options }) => {
  expect(typeLiteral(type, text, delimiter ?? null, options)).toEqual({ value, problem: null });
});

describe('what is not of its type is refused with what was expected', () => {
  test.each<[VariableType, string, LiteralOptions?]>([
    ['Boolean', 'maybe'],
    ['Number', '1,23'],
    ['Number', '1,2345'],
    ['Number', '1 234'],
    ['Number', '0x10'],
    ['Number', 'NaN'],
    ['Number', '1e'],
    ['Number', '1e1001'],
    ['Number', '.'],
    ['Date', '2023-02-29'],
    ['Date', '1900-02-29'],
    ['Date', '2024-13-13'],
    ['Date', '0000-01-01'],
    ['Date', '31/04/2024'],
    ['Date', '2024-01/31'],
    ['Date', '2024-01-31x'],
    ['Date', '60', { inputFormat: 'ExcelEpoch' }],
    ['Date', '01/02/2024', { inputFormat: 'MM-DD-YYYY' }],
    ['DateTime', '2024-01-31 24:00'],
    ['DateTime', '2024-01-31 13:00 PM'],
    ['DateTime', '9999-12-31T23:59:59-01:00'],
    ['Email', 'ann@localhost'],
    ['Email', 'a..b@example.com'],
    ['Email', `${'a'.repeat(65)}@example.com`],
    ['UUID', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['UUID', 'a0eebc99-9c0b-4ef8-bb6d6bb9bd380a11'],
    ['PhoneNumber', '030 1234567'],
    ['PhoneNumber', '+1 555'],
  ])('%s %s', (type, text, options) => {
    const { value, problem } = typeLiteral(type, text, null, options);
    expect(value).toBeNull();
    expect(problem).toContain('(expected ');
  });
});
