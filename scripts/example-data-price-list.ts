import { asciiOf, typedEmail, typedUsPhone } from './example-data-names.ts';
import { delimitedLine, Source, textFile, writeAmount, type ExampleFile } from './example-data-source.ts';

// prettier-ignore
const VENDORS = [
  'Acme Tools', 'Alder & Oak', 'Brightwater Supply', 'Café Équipement', 'Cobalt Fasteners', 'Dunmore Electric',
  'Eastgate Paint', 'Ferrum Handel GmbH', 'Glasshaus', 'Harbor Lumber', 'Ironwood Mills', 'Juniper Garden',
  'Kestrel Plumbing', 'Lindqvist Verktyg', 'Mesa Hardware', 'Northline Safety', "O'Dell Brothers", 'Pérez Herramientas',
  'Quarry & Sons', 'Redstone Roofing', 'Summit Abrasives', 'Tremont Locks', 'Union Adhesives', 'Vale Lighting',
] as const;
const CATEGORIES = ['Electrical', 'Fasteners', 'Garden', 'Lumber', 'Paint', 'Plumbing', 'Safety', 'Tools'] as const;
const MATERIALS = ['Brass', 'Steel', 'Oak', 'Pine', 'Copper', 'Nylon', 'Ceramic', 'Galvanized', 'Stainless'] as const;
const THINGS = [
  'bracket',
  'hinge',
  'anchor',
  'valve',
  'lamp',
  'brush',
  'blade',
  'glove',
  'hose',
  'bolt',
  'plank',
] as const;
const HEADER = [
  'SKU',
  'Product Name',
  'Description',
  'Category',
  'Vendor',
  'Vendor E-Mail',
  'Vendor Phone',
  'List Price',
  'In Stock',
  'Status',
  'Valid From',
];

interface Product {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly vendor: number;
  price: number;
  stock: number;
  status: string;
  validFrom: string;
}

interface Contact {
  readonly email: string;
  readonly phone: string;
}

function makeProduct(source: Source, index: number): Product {
  const material = source.pick(MATERIALS);
  const thing = source.pick(THINGS);
  const size = source.pick(['1/4"', '1/2"', '3/4"', '12 mm', '40 cm', '2 × 4', 'XL']);
  return {
    sku: `${source.pick(['HW', 'GD', 'EL'])}-${String(10_000 + index * 7)}`,
    name: `${material} ${thing}, ${size}`,
    description: source.perMille(80)
      ? `${material} ${thing}.\nSold in packs of ${source.integer(2, 12)}; "heavy duty".`
      : source.perMille(150)
        ? ''
        : `${material} ${thing} for indoor and outdoor use`,
    category: source.pick(CATEGORIES),
    vendor: source.integer(0, VENDORS.length - 1),
    price: source.integer(99, 389_900),
    stock: source.integer(0, 4_000),
    status: source.perMille(40) ? 'discontinued' : 'active',
    // Prices change on the first of a month, so no day above 12 says which part is the month.
    validFrom: source.pick(['10/01/2026', '11/01/2026', '03/04/2026', '07/01/2026']),
  };
}

/** The name of a vendor as somebody typed it into one row. */
function typedVendor(source: Source, vendor: number): string {
  const name = VENDORS[vendor] ?? '';
  const kind = source.integer(0, 39);
  if (kind === 0) return name.toUpperCase();
  if (kind === 1) return name.replace(' ', '  ');
  return kind === 2 ? `${name} ` : name;
}

function typedPrice(source: Source, cents: number): string {
  if (source.perMille(6)) return source.pick(['on request', 'n/a', 'TBD']);
  return source.perMille(12) ? '' : writeAmount(cents, '.');
}

function lineOf(source: Source, product: Product, contacts: readonly Contact[]): string {
  const contact = contacts[product.vendor];
  const isBare = source.perMille(300);
  return delimitedLine([
    source.perMille(3) ? '' : product.sku,
    product.name,
    product.description,
    source.perMille(4) ? 'Gardening' : product.category,
    source.perMille(5) ? '' : typedVendor(source, product.vendor),
    isBare ? '' : (contact?.email ?? ''),
    isBare ? '' : (contact?.phone ?? ''),
    typedPrice(source, product.price),
    source.perMille(3) ? `-${source.integer(1, 9)}` : product.stock.toLocaleString('en-US'),
    product.status,
    product.validFrom,
  ]);
}

function render(source: Source, products: readonly Product[], contacts: readonly Contact[]): string {
  const lines = [delimitedLine(HEADER)];
  for (const product of products) {
    lines.push(lineOf(source, product, contacts));
    // The same article twice in a file, the second time at another price.
    if (source.perMille(8)) {
      lines.push(lineOf(source, { ...product, price: product.price + 500 }, contacts));
    }
  }
  return `\uFEFF${lines.join('\r\n')}\r\n\r\n\r\n`;
}

/** Two weeks of a price list: spreadsheet exports with a byte order mark, CRLF and blank lines at the end. */
export function priceListFiles(seed: number): ExampleFile[] {
  const source = new Source(seed);
  const contacts = VENDORS.map((name): Contact => {
    const domain = `${asciiOf(name)}.example.com`;
    return {
      email: typedEmail(source, 'sales', domain).trim(),
      phone: source.perMille(120) ? '555-CALL-US' : typedUsPhone(source),
    };
  });
  const first = Array.from({ length: 2400 }, (_, index) => makeProduct(source, index));
  const second = first.map((product) => ({
    ...product,
    price: source.perMille(120) ? Math.round(product.price * 1.04) : product.price,
    stock: source.perMille(300) ? source.integer(0, 4_000) : product.stock,
    status: source.perMille(10) ? 'discontinued' : product.status,
  }));
  for (let index = 2400; index < 2440; index += 1) second.push(makeProduct(source, index));
  return [
    textFile('price-list/price-list-2026-11-02.csv', render(new Source(seed + 1), first, contacts)),
    textFile('price-list/price-list-2026-11-09.csv', render(new Source(seed + 2), second, contacts)),
  ];
}
