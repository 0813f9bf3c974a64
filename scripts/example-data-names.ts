import type { Source } from './example-data-source.ts';

// prettier-ignore
const GIVEN = [
  'Ada', 'Aïcha', 'Amélie', 'Andrzej', 'Anna', 'Bao', 'Björn', 'Carlos', 'Chidi', 'Chloë', 'Dmitri', 'Elif', 'Émile',
  'Fatima', 'François', 'Grace', 'Hana', 'Ingrid', 'Isabel', 'Jürgen', 'Kofi', 'Lena', 'Łukasz', 'Marta', 'Mei', 'Nadia',
  'Ngozi', 'Noor', 'Olga', 'Omar', 'Priya', 'Rahul', 'Renée', 'Sinéad', 'Søren', 'Tomás', 'Ute', 'Yara', 'Yuki', 'Zoë',
] as const;
// prettier-ignore
const FAMILY = [
  'Adeyemi', 'Andersson', 'Béranger', 'Brown', 'Castillo', 'Chen', 'Dąbrowski', 'Demir', 'Díaz', 'Evans', 'Fernández',
  'García', 'Groß', 'Haddad', 'Hansen', 'Ivanova', 'Johnson', 'Kaya', 'Kim', 'Kowalski', 'Lefèvre', 'López', 'Malik',
  'Meyer', 'Müller', 'Nakamura', 'Nguyễn', 'Novák', "O'Brien", 'Okafor', 'Øvergård', 'Park', 'Patel', 'Pérez', 'Rossi',
  'Sánchez', 'Şahin', 'Smith', 'St. John', 'Tanaka', 'Van der Berg', 'Wójcik', 'Yılmaz', 'Zhang',
] as const;

export interface PersonName {
  readonly given: string;
  readonly family: string;
}

export function personName(source: Source): PersonName {
  return { given: source.pick(GIVEN), family: source.pick(FAMILY) };
}

/** The letters that an e-mail address keeps of a name. */
export function asciiOf(text: string): string {
  return text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .replaceAll(/[^a-z0-9]/g, '');
}

/** As people type it: mostly lower case, sometimes not, sometimes with a space around it. */
export function typedEmail(source: Source, local: string, domain: string): string {
  const plain = `${local}@${domain}`;
  const kind = source.integer(0, 9);
  if (kind === 0) return plain.toUpperCase();
  if (kind === 1) return `${local.charAt(0).toUpperCase()}${local.slice(1)}@${domain}`;
  return kind === 2 ? ` ${plain} ` : plain;
}

/** A number in Denver (303, 720) or New York (212, 646), written in one of the ways of the country. */
export function typedUsPhone(source: Source): string {
  const area = source.pick(['303', '720', '212', '646']);
  const exchange = String(source.integer(200, 899)).replace(/11$/, '12');
  const line = String(source.integer(0, 9999)).padStart(4, '0');
  return source.pick([
    `(${area}) ${exchange}-${line}`,
    `${area}-${exchange}-${line}`,
    `${area}.${exchange}.${line}`,
    `+1 ${area} ${exchange} ${line}`,
    `${area}${exchange}${line}`,
  ]);
}

/** A number in Berlin (030) or Munich (089), written in one of the ways of the country. */
export function typedGermanPhone(source: Source): string {
  const area = source.pick(['30', '89']);
  const line = String(source.integer(20_000_000, 89_999_999));
  return source.pick([
    `0${area} ${line}`,
    `0${area}/${line.slice(0, 4)}-${line.slice(4)}`,
    `(0${area}) ${line.slice(0, 4)} ${line.slice(4)}`,
    `+49 ${area} ${line}`,
    `0049 ${area} ${line}`,
  ]);
}
