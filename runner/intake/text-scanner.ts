import { decodeSheetText } from '../../core/intake/sheet-cell.ts';
import type { TextPool } from './text-pool.ts';
import { XmlBytes } from './xml-bytes.ts';
import type { ItemScanner } from './xml-items.ts';

const ITEM = Buffer.from('si');
const TEXT = Buffer.from('t');

/** Reads plain texts (`<si><t>text</t></si>`) of the table of shared ones; rich text is for the parser. */
export function textScanner(prefix: string, pool: TextPool): ItemScanner {
  const xml = new XmlBytes(prefix);
  const afterText = (at: number): number => {
    const closed = xml.close(at, TEXT);
    return closed < 0 ? -1 : xml.close(xml.blanks(closed), ITEM);
  };
  return (bytes, from) => {
    xml.bytes = bytes;
    let at = xml.open(xml.blanks(from), ITEM);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0 || xml.isSelfClosed()) return -1;
    at = xml.open(xml.blanks(at), TEXT);
    if (at < 0) return -1;
    at = xml.attributes(at);
    if (at < 0 || xml.isSelfClosed()) return -1;
    at = xml.text(at);
    if (at < 0) return -1;
    const end = afterText(at);
    if (end < 0) return -1;
    if (!xml.hasEntities && !xml.hasUnderscore) {
      pool.addBytes(bytes, xml.textBegin, xml.textEnd);
      return end;
    }
    const text = xml.decodeText();
    if (text === null) return -1;
    pool.add(decodeSheetText(text));
    return end;
  };
}
