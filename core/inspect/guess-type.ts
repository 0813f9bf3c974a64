import type { VariableType } from '../model/connector.ts';
import type { ColumnProfile, Fit, Misfit } from './column-profile.ts';
import { DATE_PATTERNS } from './readings.ts';

/** What a column is taken for. */
export interface TypeGuess {
  readonly type: VariableType;
  /** What a manifest should declare as `inputFormat`; null: nothing, or it cannot be told. */
  readonly inputFormat: string | null;
  /** Values that are of the type. */
  readonly fits: number;
  /** Values that would be left blank: placeholders and those that are not of the type, and the first of them. */
  readonly misfits: number;
  readonly firstMisfits: readonly Misfit[];
  /** Numbers without a fraction only. */
  readonly isWhole: boolean;
  /** Another format that fits as well, to other values. */
  readonly otherFormat: string | null;
}

/** The share of values, placeholders aside, that has to be of a type. */
const SHARE = 0.95;

/** Numbers by which things are called, and not counted: a zero at the beginning, now or next week, is part of them. */
const CALLED_BY =
  /(^|_)(zip|zipcode|postal|postcode|plz|phone|tel|telephone|fax|mobile|sku|ean|upc|gtin|isbn|iban|bic|code|vat|ssn|barcode|serial)(_|$)/;
const PHONE_NAME = /(^|_)(phone|telephone|tel|mobile|cell|fax|whatsapp)(_|$)|telefon/;
const TIME_NAME =
  /(^|_)(date|time|datetime|timestamp|ts|epoch|at|on|since|until|created|updated|modified|day|datum)(_|$)/;
const FLAG_NAME =
  /^(is|has|can|was|should|allow)_|(^|_)(active|enabled|disabled|flag|archived|deleted|discontinued|optin|opt_in)(_|$)/;

/** The type of a column by its values and, where they leave a choice, its name. Text where nothing else fits nearly all. */
export function guessType(profile: ColumnProfile, name: string): TypeGuess {
  const needed = Math.max(1, (profile.values - profile.placeholders) * SHARE);
  const sound = profile.fits.filter(
    (fit) => fit.fits >= (fit.reading.type === 'PhoneNumber' ? Math.min(needed, profile.mostPhones * SHARE) : needed),
  );
  const find = (type: VariableType, format?: string): Fit | undefined =>
    sound.find(({ reading }) => reading.type === type && (format === undefined || reading.format === format));
  const chosen =
    find('UUID') ??
    find('Email') ??
    wordFlag(sound, profile, name) ??
    phone(find('PhoneNumber'), profile, name) ??
    date(sound) ??
    numericTime(sound, name) ??
    numericFlag(find('Boolean', 'OneZero'), profile, name) ??
    number(sound, profile, name);
  return chosen === undefined ? text(profile) : describe(chosen, sound, profile);
}

function text(profile: ColumnProfile): TypeGuess {
  return {
    type: 'String',
    inputFormat: null,
    fits: profile.values,
    misfits: 0,
    firstMisfits: [],
    isWhole: false,
    otherFormat: null,
  };
}

function describe(fit: Fit, sound: readonly Fit[], profile: ColumnProfile): TypeGuess {
  const { type, format } = fit.reading;
  const untried = type === 'PhoneNumber' ? Math.max(0, profile.values - profile.mostPhones) : 0;
  const fits = fit.fits + untried;
  const other = otherDate(fit, sound);
  return {
    type: type === 'DateTime' && fit.times * 20 < fit.fits ? 'Date' : type,
    inputFormat: other !== null || format === '' || format === 'DecimalPoint' ? null : format,
    fits,
    misfits: profile.values - fits,
    firstMisfits: fit.misfits,
    isWhole: type === 'Number' && fit.fractions === 0,
    otherFormat: other,
  };
}

const best = (fits: readonly Fit[]): Fit | undefined =>
  fits.reduce<Fit | undefined>((first, fit) => (first === undefined || fit.fits > first.fits ? fit : first), undefined);

function wordFlag(sound: readonly Fit[], { distinct }: ColumnProfile, name: string): Fit | undefined {
  const words = sound.filter(({ reading }) => reading.type === 'Boolean' && reading.format !== 'OneZero');
  const fit = best(words);
  // One letter says little unless both are there.
  if (fit?.reading.format === 'TF' && (distinct.distinct ?? 0) < 2 && !FLAG_NAME.test(name)) return undefined;
  return fit;
}

function numericFlag(fit: Fit | undefined, { distinct }: ColumnProfile, name: string): Fit | undefined {
  return fit !== undefined && (distinct.distinct ?? 2) <= 2 && FLAG_NAME.test(name) ? fit : undefined;
}

function phone(fit: Fit | undefined, { examples }: ColumnProfile, name: string): Fit | undefined {
  if (fit === undefined) return undefined;
  return PHONE_NAME.test(name) || examples.every((example) => example.trim().startsWith('+')) ? fit : undefined;
}

function date(sound: readonly Fit[]): Fit | undefined {
  return best(sound.filter(({ reading }) => DATE_PATTERNS.includes(reading.format)));
}

function numericTime(sound: readonly Fit[], name: string): Fit | undefined {
  if (!TIME_NAME.test(name)) return undefined;
  return best(sound.filter(({ reading }) => /^(YYYYMMDD|UnixEpoch)/.test(reading.format)));
}

function number(sound: readonly Fit[], profile: ColumnProfile, name: string): Fit | undefined {
  if (profile.leadingZeros > 0 || profile.longNumbers > 0 || CALLED_BY.test(name)) return undefined;
  return best(sound.filter(({ reading }) => reading.type === 'Number'));
}

/** The other order of day and month, where it fits every value that this one fits. */
function otherDate({ reading, fits }: Fit, sound: readonly Fit[]): string | null {
  if (!/^(MM|DD)/.test(reading.format)) return null;
  const sign = reading.format.charAt(2);
  const swapped = (reading.format.startsWith('MM') ? ['DD', 'MM', 'YYYY'] : ['MM', 'DD', 'YYYY']).join(sign);
  return sound.some((fit) => fit.reading.format === swapped && fit.fits === fits) ? swapped : null;
}
