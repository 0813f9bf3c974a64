import { builtInDateStyle, dateStyleOfFormat } from '../../core/intake/sheet-date.ts';
import type { DateStyle } from '../../core/intake/sheet-date.ts';
import { decodeSheetText } from '../../core/intake/sheet-cell.ts';
import { BadInput } from './bad-input.ts';
import type { ByteSource } from './byte-source.ts';
import { TextPool } from './text-pool.ts';
import { textScanner } from './text-scanner.ts';
import { readXmlItems } from './xml-items.ts';
import { invalidWorkbook, joinText, localName, readWholeXml, type XmlHandlers } from './xml-source.ts';
import type { ZipArchive } from './zip-archive.ts';

/** One sheet of a workbook, in the order of its tabs; hidden ones and chart sheets too. `source` is null for a chart sheet. */
export interface WorkbookSheet {
  readonly name: string;
  readonly source: ByteSource | null;
}

/** An XLSX or XLSM file: its sheets, and what their cells refer to. */
export interface Workbook {
  readonly label: string;
  readonly sheets: readonly WorkbookSheet[];
  readonly date1904: boolean;
  /** Read on first use; sheet names alone need neither. */
  readTexts(): Promise<TextPool>;
  /** Date styles by the number of a cell's style. */
  readStyles(): Promise<readonly DateStyle[]>;
}

interface Relationship {
  readonly type: string;
  readonly target: string;
}

/** The workbook in an archive of the ZIP family, 'Binary' for an XLSB file, or null where it is an ordinary ZIP file. Throws `BadInput`. */
export async function openWorkbook(packed: ZipArchive): Promise<Workbook | 'Binary' | null> {
  const archive = inAnyCase(packed);
  const { label } = archive;
  const other = archive.entry('mimetype');
  if (other !== undefined && archive.names.includes('content.xml')) {
    throw new BadInput('UnsupportedFormat', `${label} is an OpenDocument file, which is not read`, {
      file: label,
      hint: 'save it as XLSX or CSV',
    });
  }
  if (archive.entry('[Content_Types].xml') === undefined) return null;
  const root = await readRelationships(archive, '_rels/.rels', '');
  const document = [...root.values()].find(({ type }) => type.endsWith('/officeDocument'))?.target;
  const path = document ?? (archive.entry('xl/workbook.bin') === undefined ? 'xl/workbook.xml' : 'xl/workbook.bin');
  if (path.endsWith('.bin')) return 'Binary';
  const main = archive.entry(path);
  if (main === undefined) throw invalidWorkbook(label, 'it has no workbook part');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const relationships = await readRelationships(archive, `${folder}_rels/${path.slice(folder.length)}.rels`, folder);
  const { sheets, date1904 } = await readSheetList(archive, main, relationships);
  const part = (type: string): ByteSource | undefined => {
    const target = [...relationships.values()].find((relationship) => relationship.type.endsWith(type))?.target;
    if (target === undefined) return undefined;
    const entry = archive.entry(target);
    // Without it numbers would pass for something else: what the workbook says it has, has to be there.
    if (entry === undefined) throw invalidWorkbook(label, `its part ${target} is missing`);
    return entry;
  };
  return {
    label,
    sheets,
    date1904,
    readTexts: () => readSharedStrings(part('/sharedStrings'), label),
    readStyles: () => readStyles(part('/styles')),
  };
}

/** Names of parts are the same in upper and lower case (ECMA-376 part 2, 6.2.2.3), and some programs write them so. */
function inAnyCase(archive: ZipArchive): ZipArchive {
  const names = new Map(archive.names.map((name) => [name.toLowerCase(), name]));
  return { ...archive, entry: (name) => archive.entry(name) ?? archive.entry(names.get(name.toLowerCase()) ?? name) };
}

async function readRelationships(
  archive: ZipArchive,
  path: string,
  folder: string,
): Promise<Map<string, Relationship>> {
  const relationships = new Map<string, Relationship>();
  const source = archive.entry(path);
  if (source === undefined) return relationships;
  await readWholeXml(source, {
    open: (name, attributes) => {
      const { Id: id, Type: type, Target: target } = attributes;
      if (name !== 'Relationship' || id === undefined || target === undefined) return;
      relationships.set(id, { type: type ?? '', target: resolvePart(folder, target) });
    },
  });
  return relationships;
}

/** Targets are relative to the folder of their source part, or absolute within the archive. */
function resolvePart(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith('/') ? target : `${folder}${target}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

async function readSheetList(
  archive: ZipArchive,
  main: ByteSource,
  relationships: ReadonlyMap<string, Relationship>,
): Promise<{ sheets: WorkbookSheet[]; date1904: boolean }> {
  const sheets: WorkbookSheet[] = [];
  let date1904 = false;
  let extensions = 0;
  await readWholeXml(main, {
    open: (name, attributes) => {
      // Excel for Mac has a `workbookPr` of another namespace there, which says nothing of dates.
      if (name === 'extLst') extensions += 1;
      if (extensions > 0) return;
      if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attributes['date1904'] ?? '');
      if (name !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => key !== 'id' && localName(key) === 'id')?.[1];
      const relationship = relationships.get(id ?? '');
      const sheetName = attributes['name'] ?? '';
      if (relationship === undefined)
        throw invalidWorkbook(archive.label, `the sheet ${JSON.stringify(sheetName)} is missing`);
      const isSheet = relationship.type.endsWith('/worksheet');
      const source = isSheet ? archive.entry(relationship.target) : null;
      if (source === undefined)
        throw invalidWorkbook(archive.label, `the sheet ${JSON.stringify(sheetName)} is missing`);
      const label = `${archive.label}[${sheetName}]`;
      sheets.push({ name: sheetName, source: source === null ? null : { label, open: () => source.open() } });
    },
    close: (name) => {
      if (name === 'extLst') extensions -= 1;
    },
  });
  if (sheets.length === 0) throw invalidWorkbook(archive.label, 'it has no sheets');
  return { sheets, date1904 };
}

/** Rich text is the sum of its runs; phonetic readings (`rPh`) are left out. */
async function readSharedStrings(source: ByteSource | undefined, label: string): Promise<TextPool> {
  const pool = new TextPool(label);
  if (source === undefined) return pool;
  let text = '';
  let isText = false;
  let phonetic = 0;
  const handlers: XmlHandlers = {
    open: (name) => {
      if (name === 'si') text = '';
      else if (name === 'rPh') phonetic += 1;
      else if (name === 't') isText = phonetic === 0;
    },
    text: (part) => {
      if (isText) text = joinText(label, text, part);
    },
    close: (name) => {
      if (name === 't') isText = false;
      else if (name === 'rPh') phonetic -= 1;
      else if (name === 'si') pool.add(decodeSheetText(text));
    },
    place: () => `text ${pool.size}`,
  };
  const items = readXmlItems(source, handlers, {
    container: 'sst',
    item: 'si',
    scanner: (prefix) => textScanner(prefix, pool),
    isFull: () => false,
  });
  while ((await items.next()).done !== true);
  return pool;
}

async function readStyles(source: ByteSource | undefined): Promise<DateStyle[]> {
  const formats = new Map<number, DateStyle>();
  const styles: DateStyle[] = [];
  let isCellFormats = false;
  if (source === undefined) return styles;
  await readWholeXml(source, {
    open: (name, attributes) => {
      const id = Number(attributes['numFmtId'] ?? 0);
      if (name === 'numFmt') formats.set(id, dateStyleOfFormat(attributes['formatCode'] ?? ''));
      else if (name === 'cellXfs') isCellFormats = true;
      else if (name === 'xf' && isCellFormats) styles.push(formats.get(id) ?? builtInDateStyle(id));
    },
    close: (name) => {
      if (name === 'cellXfs') isCellFormats = false;
    },
  });
  return styles;
}
