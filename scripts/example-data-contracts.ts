import { asciiOf, personName, typedEmail } from './example-data-names.ts';
import { dayAfter, delimitedLine, isoDay, Source, textFile, type ExampleFile } from './example-data-source.ts';

const PRODUCTS = ['Support', 'Hosting', 'Lease', 'Maintenance'] as const;

/** Contracts of two years, most of them running; written by hand over the years. */
export function contractFiles(seed: number): ExampleFile[] {
  const source = new Source(seed);
  const lines = ['Number,Customer,Product,Owner E-Mail,Status,Ends On,Yearly Value'];
  for (let index = 0; index < 900; index += 1) {
    const owner = personName(source);
    const customer = personName(source).family;
    lines.push(
      delimitedLine([
        `C-${String(1000 + index)}`,
        `${customer} ${source.pick(['GmbH', 'Inc.', 'Ltd', '& Partners', 'S.A., Branch'])}`,
        source.pick(PRODUCTS),
        source.perMille(10)
          ? ''
          : typedEmail(source, `${asciiOf(owner.given)}.${asciiOf(owner.family)}`, 'example.com'),
        source.perMille(120) ? 'Ended' : 'Active',
        source.perMille(15) ? '' : isoDay(dayAfter('2026-01-10', source.integer(0, 700))),
        (source.integer(500, 90_000) / 1).toLocaleString('en-US'),
      ]),
    );
  }
  return [textFile('contract-reminders/contracts.csv', `${lines.join('\n')}\n`)];
}
