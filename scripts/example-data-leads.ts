import { asciiOf, personName, typedEmail, typedUsPhone } from './example-data-names.ts';
import { delimitedLine, Source, textFile, type ExampleFile } from './example-data-source.ts';

const COLUMNS = ['line', 'email', 'name', 'phone', 'score', 'interests', 'consent', 'met_on'] as const;
type Lead = Readonly<Record<(typeof COLUMNS)[number], string>>;

function makeLead(source: Source, line: number): Lead {
  const name = personName(source);
  const local = `${asciiOf(name.given)}.${asciiOf(name.family)}`;
  return {
    line: String(line),
    email: source.perMille(30)
      ? ''
      : source.perMille(20)
        ? `${local}(at)example.org`
        : typedEmail(source, local, 'example.org').trim(),
    name: `${name.given} ${name.family}`,
    phone: source.perMille(200) ? '' : source.perMille(40) ? '12345' : typedUsPhone(source),
    score: source.perMille(30)
      ? 'high'
      : source.perMille(50)
        ? ''
        : String(source.integer(0, source.perMille(40) ? 140 : 100)),
    interests: source.perMille(30)
      ? 'Solar;Fusion'
      : source.pick(['', 'Solar', 'Solar;Wind', 'Wind; Storage', 'Storage;Storage']),
    consent: source.pick(['yes', 'no', 'Yes', 'NO', '']),
    met_on: source.perMille(40)
      ? 'last week'
      : `2026-${String(source.integer(1, 12)).padStart(2, '0')}-${String(source.integer(1, 30)).padStart(2, '0')}`,
  };
}

/** The same leads as a file and as webhook events, value for value. */
export function leadFiles(seed: number): ExampleFile[] {
  const source = new Source(seed);
  const leads = Array.from({ length: 400 }, (_, index) => makeLead(source, index + 1));
  const rows = leads.map((lead) => delimitedLine(COLUMNS.map((column) => lead[column])));
  const events = leads.map((lead, index) => JSON.stringify({ timestamp: 1_795_161_600_000 + index, body: lead }));
  return [
    textFile('one-body-three-types/leads.csv', `${[COLUMNS.join(','), ...rows].join('\n')}\n`),
    textFile('one-body-three-types/leads.ndjson', `${events.join('\n')}\n`),
  ];
}
