/** What typing needs to know of a ClickHouse column type. */
export interface ClickHouseType {
  readonly kind:
    | 'Text'
    | 'FixedText'
    | 'Integer'
    | 'Float'
    | 'Decimal'
    | 'Bool'
    | 'Uuid'
    | 'Date'
    | 'DateTime'
    | 'Array'
    | 'Dynamic'
    | 'Variant'
    | 'Json';
  /** Of an Array. */
  readonly element: ClickHouseType | null;
  /** Digits after the point of a Decimal. */
  readonly scale: number;
}

/** Parses a type as ClickHouse prints it. Types without a meaning of their own count as text. */
export function parseClickHouseType(type: string): ClickHouseType {
  const [, name = type, args = ''] = /^(\w+)(?:\((.*)\))?$/s.exec(type.trim()) ?? [];
  const of = (kind: ClickHouseType['kind'], element: ClickHouseType | null = null, scale = 0): ClickHouseType => ({
    kind,
    element,
    scale,
  });
  switch (name) {
    case 'Nullable':
    case 'LowCardinality':
      return parseClickHouseType(args);
    case 'SimpleAggregateFunction':
      return parseClickHouseType(args.slice(args.indexOf(',') + 1));
    case 'Array':
      return of('Array', parseClickHouseType(args));
    case 'Bool':
      return of('Bool');
    case 'UUID':
      return of('Uuid');
    case 'Date':
    case 'Date32':
      return of('Date');
    case 'DateTime':
    case 'DateTime64':
      return of('DateTime');
    case 'FixedString':
      return of('FixedText');
    case 'Dynamic':
    case 'Variant':
      return of(name);
    case 'JSON':
    case 'Object':
    case 'Tuple':
    case 'Map':
    case 'Nested':
      return of('Json');
    default:
      if (/^U?Int\d+$/.test(name)) return of('Integer');
      if (/^B?Float\d+$/.test(name)) return of('Float');
      if (name.startsWith('Decimal')) return of('Decimal', null, Number(args.split(',').at(-1)));
      return of('Text');
  }
}
