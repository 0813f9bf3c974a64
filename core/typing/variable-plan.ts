import type { VariableModel } from '../model/connector.ts';
import type { InputColumn } from '../model/stages.ts';
import { parseClickHouseType } from './clickhouse-type.ts';
import type { ConversionChain } from './conversion-chain.ts';
import {
  booleanConversion,
  dateConversion,
  dateTimeConversion,
  direct,
  emailConversion,
  numberConversion,
  TEXT,
  uuidConversion,
  type Conversion,
} from './convert-sql.ts';
import { isDetected } from './detect.ts';
import type { BooleanFormat, NumberFormat } from './formats.ts';
import { splitListSql, WHITE_SPACE } from './list.ts';
import { sourceElements, sourceText } from './source-text.ts';
import { quoteName, quoteText } from './sql-text.ts';

/** How one variable is read from its column. */
export interface VariablePlan {
  readonly variable: VariableModel;
  readonly prefix: string;
  /** `<prefix>raw`: String, or Array(String) where the variable is an array. */
  readonly rawSql: string;
  /** `<prefix>nul`: whether a text holds a NUL character. Null: no text of this variable is kept. */
  readonly nulSql: string | null;
  /** `<prefix>s` from `<prefix>raw`. */
  readonly textSql: string;
  readonly canonical: boolean;
  /** Declared, or decided by the type of the column; null: to be detected, or none. */
  readonly format: string | null;
  readonly detect: boolean;
}

/** What is known of a variable when its values are converted. */
export interface VariableReading {
  readonly format: string | null;
  /** The Join table with the readings of a phone column. */
  readonly phoneTable: string | null;
}

export interface TypingOptions {
  /** IANA. */
  readonly timeZone: string;
  readonly phoneRegion: string | null;
  /** Whether white space at both ends of a String is removed. Other types are always read without it. */
  readonly trim: boolean;
}

/** Plans a variable. `position` counts from 0; without its column (in partial output) the variable is blank. */
export function planVariable(
  variable: VariableModel,
  position: number,
  column: InputColumn | null,
  options: TypingOptions,
): VariablePlan {
  const prefix = `v${position}_`;
  const raw = `${prefix}raw`;
  const isArray = variable.arrayDelimiter !== null;
  const type = parseClickHouseType(column?.type ?? 'String');
  // Qualified: the names given here must not be taken for columns of the scope.
  const name = column === null ? `''` : `${SCOPE}.${quoteName(column.name)}`;
  const elements = isArray ? sourceElements(name, type, variable.type) : null;
  const text = elements ?? sourceText(name, type, variable.type);
  const list =
    variable.arrayDelimiter === null
      ? text.sql
      : (elements?.sql ?? listSql(text.sql, type.kind, variable.arrayDelimiter));
  const isString = variable.type === 'String';
  const clean = (value: string): string => {
    const kept = isString ? `toValidUTF8(replaceAll(${value}, '\\0', ''))` : value;
    return isString && !options.trim ? kept : `trimBoth(${kept}, ${quoteText(WHITE_SPACE)})`;
  };
  const canonical = text.canonical || isString;
  const format = canonical ? null : (text.format ?? variable.inputFormat);
  return {
    variable,
    prefix,
    rawSql: list,
    nulSql: !isString
      ? null
      : isArray
        ? `arrayExists(x -> position(x, '\\0') > 0, ${raw})`
        : `position(${raw}, '\\0') > 0`,
    textSql: isArray ? `arrayFilter(x -> x != '', arrayMap(x -> ${clean('x')}, ${raw}))` : clean(raw),
    canonical,
    format,
    detect: !canonical && format === null && isDetected(variable.type),
  };
}

/** A JSON list (a webhook's body has them) is taken as a list, any other text is split. */
function listSql(text: string, kind: string, delimiter: NonNullable<VariableModel['arrayDelimiter']>): string {
  const split = `if(t = '', emptyArrayString(), ${splitListSql('t', delimiter)})`;
  const sql =
    kind === 'Dynamic' || kind === 'Variant' || kind === 'Json'
      ? `if(startsWith(t, '[') AND isValidJSON(t), JSONExtract(t, 'Array(String)'), ${split})`
      : split;
  // A lambda names the text once.
  return `arrayMap(t -> ${sql}, [${text}])[1]`;
}

/** From `s` to `v`. `format` is what was declared or detected; `phoneTable` holds the readings of the column. */
export function conversionChain(
  plan: VariablePlan,
  format: string | null,
  options: TypingOptions,
  phoneTable: string | null,
): ConversionChain {
  const { variable, prefix } = plan;
  return {
    prefix,
    isArray: variable.arrayDelimiter !== null,
    conversion: plan.canonical ? direct(TEXT) : conversionOf(variable, format ?? '', options, phoneTable),
  };
}

function conversionOf(
  variable: VariableModel,
  format: string,
  options: TypingOptions,
  phoneTable: string | null,
): Conversion {
  switch (variable.type) {
    case 'String':
      return direct(TEXT);
    case 'Boolean':
      return booleanConversion(format as BooleanFormat);
    case 'Number':
      return numberConversion(format as NumberFormat);
    case 'Date':
      return dateConversion(format);
    case 'DateTime':
      return dateTimeConversion(format, options.timeZone);
    case 'Email':
      return emailConversion();
    case 'UUID':
      return uuidConversion();
    case 'PhoneNumber':
      return direct(`replaceOne(${phoneReading(phoneTable ?? '')}, '${REGION_MISSING}', '')`);
  }
}

/** The reading of the phone number `s`: E.164, '' or `REGION_MISSING`. */
export function phoneReading(phoneTable: string): string {
  return `joinGet(${quoteText(phoneTable)}, 'reading', s)`;
}

/** The alias of the scope in every typing query. */
export const SCOPE = 'scope_rows';

/** The reading of a phone number that no region was given for; an invalid one is ''. */
export const REGION_MISSING = '?';
