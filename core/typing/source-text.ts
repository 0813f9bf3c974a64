import type { VariableType } from '../model/connector.ts';
import type { ClickHouseType } from './clickhouse-type.ts';

/** How a source column is turned into text: the expression, and what the text is then known to be. */
export interface SourceText {
  /** ClickHouse expression of type String; '' for NULL. */
  readonly sql: string;
  /** The text is canonical for the variable: nothing is left to convert. */
  readonly canonical: boolean;
  /** The format the text has, where the column type decides it. */
  readonly format: string | null;
}

/** The text of one value of a column, for a variable of this type. `value` is an expression. */
export function sourceText(value: string, source: ClickHouseType, type: VariableType): SourceText {
  const plain = `ifNull(CAST(${value}, 'Nullable(String)'), '')`;
  switch (source.kind) {
    case 'Text':
      return { sql: plain, canonical: false, format: null };
    case 'FixedText':
      return { sql: `trimRight(${plain}, '\\0')`, canonical: false, format: null };
    case 'Integer':
      return { sql: plain, canonical: type === 'Number', format: type === 'Boolean' ? 'OneZero' : null };
    case 'Decimal': {
      const sql = `ifNull(toDecimalString(${value}, ${source.scale}), '')`;
      return { sql, canonical: type === 'Number', format: type === 'Boolean' ? 'OneZero' : null };
    }
    case 'Float':
      return {
        sql: plain,
        canonical: false,
        format: { Number: 'DecimalPoint', Boolean: 'OneZero' }[type as string] ?? null,
      };
    case 'Bool':
      if (type === 'Number') return { sql: `ifNull(toString(toUInt8(${value})), '')`, canonical: true, format: null };
      return { sql: plain, canonical: type === 'Boolean', format: null };
    case 'Uuid':
      return { sql: plain, canonical: type === 'UUID', format: null };
    case 'Date':
      return { sql: plain, canonical: type === 'Date', format: type === 'DateTime' ? 'ISO8601' : null };
    case 'DateTime':
      return type === 'Date'
        ? { sql: `substring(ifNull(toString(${value}), ''), 1, 10)`, canonical: true, format: null }
        : { sql: instantSql(value), canonical: type === 'DateTime', format: null };
    case 'Array':
    case 'Json':
      return { sql: `if(isNull(${value}), '', ifNull(toJSONString(${value}), ''))`, canonical: false, format: null };
    case 'Dynamic':
      return { sql: dynamicSql(value, 'dynamicType'), canonical: false, format: null };
    case 'Variant':
      return { sql: dynamicSql(value, 'variantType'), canonical: false, format: null };
  }
}

/** The elements of a column for an array variable, as an expression of type Array(String); null: split the text. */
export function sourceElements(value: string, source: ClickHouseType, type: VariableType): SourceText | null {
  if (source.kind === 'Array' && source.element !== null) {
    const element = sourceText('x', source.element, type);
    return { ...element, sql: `arrayMap(x -> ${element.sql}, ${value})` };
  }
  return null;
}

/** UTC with a `T` and a `Z`, no trailing zeros, at most six digits. */
function instantSql(value: string): string {
  const text = `ifNull(toString(toTimeZone(${value}, 'UTC')), '')`;
  const fraction = `trimRight(trimRight(substring(${text}, 20, 7), '0'), '.')`;
  return `if(${text} = '', '', concat(substring(${text}, 1, 10), 'T', substring(${text}, 12, 8), ${fraction}, 'Z'))`;
}

/** Scalars as they are, lists and objects as JSON. */
function dynamicSql(value: string, typeFunction: string): string {
  const nested = `match(ifNull(toString(${typeFunction}(${value})), ''), '^(Array|Tuple|Map|JSON|Object|Nested)')`;
  return `multiIf(isNull(${value}), '', ${nested}, ifNull(toJSONString(${value}), ''), ifNull(CAST(${value}, 'Nullable(String)'), ''))`;
}
