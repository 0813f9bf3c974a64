import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';

/** A cell as the file has it: text, the digits of a number, or a boolean. */
export interface ReadCell {
  readonly type: 'text' | 'number' | 'boolean';
  readonly value: string;
  readonly quotePrefix: boolean;
  readonly format: string;
}

export interface ReadSheet {
  readonly name: string;
  readonly xml: string;
  /** By row and column, both from 0; undefined where a cell is empty. */
  readonly rows: readonly (readonly (ReadCell | undefined)[])[];
}

/**
 * A reader of its own, so that the workbook is not judged by the code that wrote it. It reads what ISO/IEC 29500-1 says and
 * fails on what it does not know, formulas above all.
 */
export async function readWorkbook(path: string): Promise<ReadSheet[]> {
  const parts = await readParts(path);
  const part = (name: string) => {
    const text = parts.get(name);
    if (text === undefined) throw new Error(`no part ${name}`);
    return text;
  };
  const targets = new Map<string, string>();
  walk(part('xl/_rels/workbook.xml.rels'), (name, attributes) => {
    if (name === 'Relationship') targets.set(attributes['Id']!, `xl/${attributes['Target']!}`);
  });
  const styles = readStyles(part('xl/styles.xml'));
  const types = part('[Content_Types].xml');
  const sheets: ReadSheet[] = [];
  walk(part('xl/workbook.xml'), (name, attributes) => {
    if (name !== 'sheet') return;
    const target = targets.get(attributes['r:id']!)!;
    if (!types.includes(`PartName="/${target}"`)) throw new Error(`no content type for ${target}`);
    const xml = part(target);
    sheets.push({ name: attributes['name']!, xml, rows: readRows(xml, styles) });
  });
  return sheets;
}

export async function readParts(path: string): Promise<Map<string, string>> {
  const open = promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open);
  const zip = await open(path, { lazyEntries: true });
  const parts = new Map<string, string>();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  zip.on('error', reject);
  zip.on('end', () => resolve(undefined));
  zip.on('entry', (entry: yauzl.Entry) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('error', reject);
      stream.on('end', () => {
        parts.set(entry.fileName, new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces)));
        zip.readEntry();
      });
    });
  });
  zip.readEntry();
  await promise;
  return parts;
}

interface ReadStyle {
  readonly quotePrefix: boolean;
  readonly format: string;
}

function readStyles(xml: string): ReadStyle[] {
  const formats = new Map<string, string>();
  const styles: ReadStyle[] = [];
  let inCellStyles = false;
  walk(
    xml,
    (name, attributes) => {
      if (name === 'numFmt') formats.set(attributes['numFmtId']!, attributes['formatCode']!);
      if (name === 'cellXfs') inCellStyles = true;
      if (name !== 'xf' || !inCellStyles) return;
      const format = formats.get(attributes['numFmtId']!) ?? 'General';
      styles.push({ quotePrefix: attributes['quotePrefix'] === '1', format });
    },
    (name) => {
      if (name === 'cellXfs') inCellStyles = false;
    },
  );
  return styles;
}

function readRows(xml: string, styles: readonly ReadStyle[]): (ReadCell | undefined)[][] {
  const rows: (ReadCell | undefined)[][] = [];
  let cell: Record<string, string> = {};
  let text = '';
  let inValue = false;
  walk(
    xml,
    (name, attributes) => {
      if (name === 'f') throw new Error(`a formula in ${cell['r'] ?? '?'}`);
      if (name === 'row' && Number(attributes['r']) <= rows.length) throw new Error('rows out of order');
      if (name === 'row') while (rows.length < Number(attributes['r'])) rows.push([]);
      if (name === 'c') [cell, text] = [attributes, ''];
      inValue = name === 't' || name === 'v';
    },
    (name) => {
      inValue = false;
      if (name !== 'c') return;
      const match = /^([A-Z]+)(\d+)$/.exec(cell['r']!)!;
      if (Number(match[2]) !== rows.length) throw new Error(`${cell['r']!} is not in its row`);
      const style = styles[Number(cell['s'] ?? 0)]!;
      if (cell['t'] === undefined && text === '') return;
      rows.at(-1)![columnOf(match[1]!)] = { ...valueOf(cell['t'], text), ...style };
    },
    (piece) => {
      if (inValue) text += piece;
    },
  );
  return rows;
}

function valueOf(type: string | undefined, text: string): Pick<ReadCell, 'type' | 'value'> {
  switch (type) {
    case 'inlineStr':
      return {
        type: 'text',
        value: text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(parseInt(hex as string, 16))),
      };
    case 'b':
      return { type: 'boolean', value: text };
    case undefined:
      return { type: 'number', value: text };
    default:
      throw new Error(`cell type ${type}`);
  }
}

function columnOf(letters: string): number {
  return Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function walk(
  xml: string,
  open: (name: string, attributes: Record<string, string>) => void,
  close: (name: string) => void = () => undefined,
  text: (piece: string) => void = () => undefined,
): void {
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => open(tag.name, tag.attributes));
  parser.on('closetag', (tag) => close(tag.name));
  parser.on('text', text);
  parser.write(xml).close();
}
