import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { COLUMNS, type SourceRecord } from '../data/record.ts';

const PART_CHARACTERS = 100_000;
const DAY_MS = 86_400_000;
/** 1 January 1970 in the days of a spreadsheet. */
const EPOCH_DAYS = 25_569;
const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const CONTENT = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
/** Styles by their numbers: general, thousands, date, date and time. */
const STYLES = `<styleSheet xmlns="${MAIN}"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="4"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`;

const relationship = (id: number, type: string, target: string): string =>
  `<Relationship Id="rId${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
const relationships = (...list: readonly string[]): string =>
  `<Relationships xmlns="${PACKAGE}/relationships">${list.join('')}</Relationships>`;

const SMALL_PARTS: Readonly<Record<string, string>> = {
  '[Content_Types].xml':
    `<Types xmlns="${PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Override PartName="/xl/workbook.xml" ContentType="${CONTENT}.sheet.main+xml"/>` +
    `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${CONTENT}.worksheet+xml"/></Types>`,
  '_rels/.rels': relationships(relationship(1, 'officeDocument', 'xl/workbook.xml')),
  'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="Members" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': relationships(
    relationship(1, 'worksheet', 'worksheets/sheet1.xml'),
    relationship(2, 'styles', 'styles.xml'),
    relationship(3, 'sharedStrings', 'sharedStrings.xml'),
  ),
  'xl/styles.xml': STYLES,
};

/** Writes records as Excel does: texts shared by all cells, references at every cell, numbers and dates with a style. */
export async function writeSpreadsheet(path: string, records: () => Iterable<SourceRecord>): Promise<void> {
  const zip = new yazl.ZipFile();
  for (const [name, xml] of Object.entries(SMALL_PARTS)) zip.addBuffer(Buffer.from(DECLARATION + xml), name);
  const texts = new Map<string, number>();
  const sheet = Readable.from(renderSheet(records(), texts));
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml');
  sheet.once('end', () => {
    zip.addReadStream(Readable.from(renderTexts(texts.keys())), 'xl/sharedStrings.xml');
    zip.end();
  });
  await pipeline(zip.outputStream, createWriteStream(path));
}

function* renderSheet(records: Iterable<SourceRecord>, texts: Map<string, number>): Generator<string> {
  let row = 1;
  const cell = (column: number, attributes: string, value: string): string =>
    `<c r="${String.fromCharCode(65 + column)}${row}"${attributes}><v>${value}</v></c>`;
  const text = (column: number, value: string): string => {
    const index = texts.get(value) ?? texts.size;
    texts.set(value, index);
    return value === '' ? '' : cell(column, ' t="s"', String(index));
  };
  const value = (column: number, attributes: string, known: string, of: (known: string) => string): string =>
    known === '' ? '' : cell(column, attributes, of(known));
  const days = (time: string): string => String(Date.parse(time) / DAY_MS + EPOCH_DAYS);
  let xml = `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetData><row r="1" spans="1:9">${COLUMNS.map((name, column) => text(column, name)).join('')}</row>`;
  for (const record of records) {
    row += 1;
    const { code, first_name: firstName, last_name: lastName, email } = record;
    xml += `<row r="${row}" spans="1:9">${[code, firstName, lastName, email].map((known, column) => text(column, known)).join('')}`;
    xml += value(4, ' s="1"', record.amount, (amount) => String(Number(amount)));
    xml += value(5, '', record.quantity, String);
    xml += value(6, ' s="2"', record.joined, days);
    xml += value(7, ' s="3"', record.seen_at, days);
    xml += `${value(8, ' t="b"', record.is_active, (active) => (active === 'true' ? '1' : '0'))}</row>`;
    if (xml.length < PART_CHARACTERS) continue;
    yield xml;
    xml = '';
  }
  yield `${xml}</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>`;
}

function* renderTexts(texts: Iterable<string>): Generator<string> {
  let xml = `${DECLARATION}<sst xmlns="${MAIN}">`;
  for (const text of texts) {
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    xml += `<si><t${text === text.trim() ? '' : ' xml:space="preserve"'}>${escaped}</t></si>`;
    if (xml.length < PART_CHARACTERS) continue;
    yield xml;
    xml = '';
  }
  yield `${xml}</sst>`;
}
