import { describe, expect, test } from 'vitest';
import { buildNamedCollection, checkSourceSecret, confidentialValues } from '../../../core/sql/external-source.ts';
import { isPlainStructure } from '../../../core/sql/structure-rules.ts';

const POSTGRES = { host: 'h', database: 'd', user: 'u', password: 'p' };
const S3 = { url: 'https://s3/b/', access_key_id: 'a', secret_access_key: 's' };

describe('the Secret of an external source', () => {
  test.each<[string, string, Record<string, string>, string[]]>([
    ['holds what PostgreSQL needs', 'PostgreSQL', POSTGRES, []],
    ['may name port and schema', 'PostgreSQL', { ...POSTGRES, port: '5433', schema: 'public' }, []],
    ['lacks a key', 'PostgreSQL', { ...POSTGRES, password: '' }, ['the key password is missing']],
    ['has a port that is none', 'MySQL', { ...POSTGRES, port: '33o6' }, ['the port is no number']],
    [
      'names a file as address',
      'HTTP',
      { url: 'file:///etc/passwd' },
      ['the url does not start with https:// or http://'],
    ],
    [
      'has a key too many',
      'S3',
      { ...S3, role: 'x' },
      ['role: no key of a source of kind S3: url, access_key_id, secret_access_key, session_token'],
    ],
  ])('%s', (_, kind, secret, faults) => {
    expect(checkSourceSecret(kind, secret)).toEqual(faults);
  });

  test('is quoted, and a script can override nothing but the schema', () => {
    const secret = { ...POSTGRES, password: "a'b\\c", schema: 's' };
    expect(buildNamedCollection({ name: 'erp', kind: 'PostgreSQL' }, secret)).toBe(
      "CREATE NAMED COLLECTION `erp` AS port = '5432' NOT OVERRIDABLE, host = 'h' NOT OVERRIDABLE, " +
        "database = 'd' NOT OVERRIDABLE, user = 'u' NOT OVERRIDABLE, password = 'a\\'b\\\\c' NOT OVERRIDABLE, " +
        "schema = 's' OVERRIDABLE",
    );
  });

  test('has values that must not be seen, also in an address', () => {
    expect(confidentialValues({ ...POSTGRES, password: 'long-one' })).toEqual(['long-one']);
    expect(confidentialValues({ url: 'https://u:pass@host/x' })).toEqual(['u:pass', 'pass']);
    expect(confidentialValues({ url: 'https://host/d/0123456789abcdefghij/x.csv?sig=a%2Bbcd&v=1' })).toEqual([
      '0123456789abcdefghij',
      'sig=a%2Bbcd&v=1',
      'sig=a+bcd&v=1',
      'a%2Bbcd',
      'a+bcd',
    ]);
    expect(confidentialValues({ url: 'https://host/x@y' })).toEqual([]);
    expect(confidentialValues({ ...S3, secret_access_key: 'abcd', session_token: 'longer' })).toEqual([
      'longer',
      'abcd',
    ]);
  });
});

describe('a text of columns', () => {
  test.each<[string, boolean]>([
    ["'a String, b Nullable(Decimal(10, 2))'", true],
    ["'alias String, `default` Int8, t Tuple(alias Int8, ttl Date)'", true],
    ["'any text; it is \\'no\\' list'", true],
    ["'a String ALIAS f()'", false],
    ["'a String, b alias f()'", false],
    ["'a String, b String\\tdefault\\n1'", false],
    ["'a String CODEC(ZSTD)'", false],
    ["'a String, b String ALIAS $$x$$'", false],
    ["'a String ALIAS f(", false],
    ["'a', 'b ALIAS f()'", false],
  ])('%s is plain: %s', (printed, plain) => {
    expect(isPlainStructure(printed)).toBe(plain);
  });
});
