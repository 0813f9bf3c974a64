import { hash } from 'node:crypto';

/** What a table of records comes to, whatever the order of its rows. */
export interface Fingerprint {
  readonly records: number;
  /** The sum of the first 24 bits of every record's MD5: every value of every record counts, and any sum is exact. */
  readonly sum: number;
}

const HEX_DIGITS = 6;

export function digestOf(stored: string): number {
  return parseInt(hash('md5', stored, 'hex').slice(0, HEX_DIGITS), 16);
}

/** The same sum over a table with the eight fields, computed by PostgreSQL. */
export function fingerprintSql(table: string): string {
  return `
    SELECT count(*)::float8 AS records,
           coalesce(sum(('x' || left(md5(concat_ws(e'\\x1f',
             code, coalesce(full_name, ''), coalesce(email, ''), coalesce(trim_scale(amount::numeric)::text, ''),
             coalesce(trim_scale(quantity::numeric)::text, ''), coalesce(joined::date::text, ''),
             coalesce(to_char(seen_at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
             coalesce(is_active::boolean::text, ''))), ${HEX_DIGITS}))::bit(${HEX_DIGITS * 4})::bigint), 0)::float8 AS sum
    FROM ${table}`;
}
