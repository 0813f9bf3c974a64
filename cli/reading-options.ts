import { invalid } from '../core/errors/app-error.ts';
import { DEFAULT_INTAKE_LIMITS, isEncodingLabel, type PartialReading } from '../core/intake/reading.ts';
import type { IntakeLimits } from '../core/model/connector.ts';
import { isPhoneRegion } from '../core/typing/phone.ts';
import { parseQuantity } from '../core/validate/amounts.ts';

/** How a file is to be read, where that is not left to what it holds. */
export interface ReadingOptions {
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly phoneRegion?: string;
  /** `name=value` each. */
  readonly limit?: readonly string[];
}

/** @throws AppError `Invalid` with the option that says nothing */
export function parseReading({ delimiter, encoding, limit = [] }: ReadingOptions): PartialReading {
  if (delimiter !== undefined && Array.from(unescaped(delimiter)).length !== 1) {
    throw invalid(`--delimiter ${JSON.stringify(delimiter)}: give one character, or \\t for a tab`);
  }
  if (encoding !== undefined && !isEncodingLabel(encoding)) {
    throw invalid(`--encoding ${encoding}: no such encoding is known; give for example UTF-8, Windows-1252, Shift_JIS`);
  }
  return {
    ...(delimiter === undefined ? {} : { delimiter: unescaped(delimiter) }),
    ...(encoding === undefined ? {} : { encoding }),
    limits: Object.fromEntries(limit.map(parseLimit)),
  };
}

/** @throws AppError `Invalid` */
export function parsePhoneRegion({ phoneRegion }: ReadingOptions): string | null {
  if (phoneRegion === undefined) return null;
  if (/^[A-Z]{2}$/.test(phoneRegion) && isPhoneRegion(phoneRegion)) return phoneRegion;
  throw invalid(`--phone-region ${phoneRegion}: give an ISO 3166-1 code such as US`);
}

function unescaped(text: string): string {
  return text === '\\t' ? '\t' : text;
}

function parseLimit(text: string): [keyof IntakeLimits, number] {
  const [name = '', value = ''] = text.split('=');
  const known = Object.keys(DEFAULT_INTAKE_LIMITS).find((limit): limit is keyof IntakeLimits => limit === name);
  const amount = parseQuantity(value);
  if (known !== undefined && amount !== null && amount > 0 && Number.isFinite(amount)) return [known, amount];
  const names = Object.keys(DEFAULT_INTAKE_LIMITS).join(', ');
  throw invalid(`--limit ${text}: give NAME=VALUE with a value above 0 and one of the names ${names}`);
}
