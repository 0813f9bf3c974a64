import { asciiOf, personName, typedEmail } from './example-data-names.ts';
import { Source, textFile, type ExampleFile } from './example-data-source.ts';

const STATUSES = ['placed', 'placed', 'placed', 'paid', 'paid', 'shipped', 'cancelled'] as const;
const CITIES = ['Denver', 'Łódź', 'São Paulo', 'Köln', 'Québec', 'Reykjavík', 'Austin'] as const;
const GOODS = [
  ['MUG-01', 'Mug, "World\'s Okayest"', 1299],
  ['TEE-M', 'T-shirt, medium', 2400],
  ['CAP-RED', 'Cap', 1850],
  ['PEN-10', 'Pens, pack of ten', 799],
  ['BAG-XL', 'Tote bag – extra large', 3200],
] as const;

/** The first delivery: 2026-11-20 08:00 UTC, in epoch milliseconds. */
const START = 1_795_161_600_000;

interface Line {
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  /** As text, as many shop systems write amounts. */
  readonly unitPrice: string;
}

function makeLine(source: Source): Line {
  const [sku, title, cents] = source.pick(GOODS);
  return {
    sku,
    title,
    quantity: source.perMille(5) ? 0 : source.integer(1, 6),
    unitPrice: (cents / 100).toFixed(2),
  };
}

function makeBody(source: Source, index: number, time: number): Record<string, unknown> {
  const name = personName(source);
  // A shop of few regulars: the same people come again.
  const local = `${asciiOf(name.given)}.${asciiOf(name.family)}${source.integer(1, 3)}`;
  const email = source.perMille(12)
    ? source.pick(['n/a', 'no-mail', `${local}@`])
    : typedEmail(source, local, 'mail.example.com');
  const isGift = source.perMille(150);
  return {
    number: `W-${String(20_000 + index)}`,
    placed_at: new Date(time - source.integer(1_000, 90_000)).toISOString(),
    status: source.perMille(6) ? 'on hold' : source.pick(STATUSES),
    customer: { email, name: { given: name.given, family: name.family } },
    shipping: {
      city: source.pick(CITIES),
      ...(isGift ? { note: 'Gift wrap, please.\nNo invoice in the parcel' } : {}),
    },
    lines: Array.from({ length: source.perMille(8) ? 0 : source.integer(1, 4) }, () => makeLine(source)),
  };
}

/**
 * Events as the ingress keeps them, one a line. Some deliveries come twice, some orders come again with a later status, and a
 * few bodies do not fit the schema.
 */
export function orderFiles(seed: number): ExampleFile[] {
  const source = new Source(seed);
  const events: string[] = [];
  const emit = (timestamp: number, body: Record<string, unknown>): void => {
    events.push(JSON.stringify({ timestamp, employee_id: null, querystring: 'shop=eu', body }));
  };
  let time = START;
  for (let index = 0; index < 1100; index += 1) {
    time += source.integer(500, 60_000);
    const body = makeBody(source, index, time);
    emit(time, body);
    if (source.perMille(10)) emit(time + 30_000, body);
    if (source.perMille(60)) emit(time + 600_000, { ...body, status: 'shipped' });
    if (source.perMille(4)) emit(time, { ...body, number: index });
  }
  return [textFile('orders-webhook/orders-2026-11-20.ndjson', `${events.join('\n')}\n`)];
}
