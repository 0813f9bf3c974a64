import {
  dayAfter,
  delimitedLine,
  Source,
  textFile,
  writeAmount,
  writeDay,
  type ExampleFile,
} from './example-data-source.ts';

const WAREHOUSES = ['BER', 'HAM', 'KÖL', 'MUC', 'WIE', 'ZÜR'] as const;
const HEADER = ['Artikel', 'Lager', 'Bezeichnung', 'Bestand', 'Wert', 'Letzte Bewegung'];
const WORDS = [
  'Schraube',
  'Mutter',
  'Dübel',
  'Scheibe',
  'Winkel',
  'Träger',
  'Rohr',
  'Gewindestange',
  'Öse',
  'Haken',
] as const;

interface Item {
  readonly article: string;
  readonly warehouse: string;
  readonly name: string;
  stock: number;
  cents: number;
  /** Days since 2026-01-01. */
  moved: number;
}

function makeItem(source: Source, index: number): Item {
  const warehouse = WAREHOUSES[index % WAREHOUSES.length] ?? 'BER';
  return {
    article: String(400_000 + Math.floor(index / WAREHOUSES.length)).padStart(8, '0'),
    warehouse,
    name: `${source.pick(WORDS)} M${source.integer(3, 24)}${source.perMille(50) ? ' "verzinkt"; DIN 933' : ''}`,
    stock: source.integer(0, 9_000),
    cents: source.integer(5, 2_500_000),
    moved: source.integer(0, 300),
  };
}

function render(items: readonly Item[], doubled: readonly Item[]): string {
  const lines = [...items, ...doubled].map((item) =>
    delimitedLine(
      [
        item.article,
        item.warehouse,
        item.name,
        item.stock.toLocaleString('de-DE'),
        writeAmount(item.cents, ','),
        writeDay(dayAfter('2026-01-01', item.moved), 'DD.MM.YYYY'),
      ],
      ';',
    ),
  );
  return `${[delimitedLine(HEADER, ';'), ...lines].join('\n')}\n\n`;
}

/**
 * Two nights of a full stock list: semicolons, decimal commas, dates with dots, article numbers with leading zeros. About one
 * row in a hundred differs the second night; a few are new and a few are gone. A few lines come twice, as they are.
 */
export function nightlyStockFiles(seed: number): ExampleFile[] {
  const source = new Source(seed);
  const first = Array.from({ length: 6000 }, (_, index) => makeItem(source, index));
  const doubled = [17, 1800, 4242].flatMap((index) => first[index] ?? []);
  const kept = first.filter(() => !source.perMille(2));
  const second = kept.map((item) => {
    if (!source.perMille(10)) return item;
    return { ...item, stock: source.integer(0, 9_000), moved: 317 };
  });
  for (let index = 6000; index < 6012; index += 1) second.push(makeItem(source, index));
  return [
    textFile('nightly-stock/stock-2026-11-14.csv', render(first, doubled)),
    textFile('nightly-stock/stock-2026-11-15.csv', render(second, doubled)),
  ];
}
