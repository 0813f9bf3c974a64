import type { RowStatus, RunPhase } from '../../core/model/outcome.ts';

/**
 * The look of the workbook: a fixed list of cell styles. Colours are calm and only repeat what the text and its weight
 * say already, so that a print in black and white reads the same.
 */

interface Style {
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly size?: number;
  /** RGB, hex. */
  readonly color?: string;
  /** RGB, hex. */
  readonly fill?: string;
  readonly format?: string;
  readonly wrap?: boolean;
  readonly align?: 'left' | 'right' | 'center';
  readonly vertical?: 'top' | 'center';
  /** A thin line below. */
  readonly line?: string;
}

const INK = '1F2933';
const QUIET = '6B7580';
const DARK = '2F4B66';
const PALE = 'DCE5ED';
const RULE = 'D5DBE1';

const good = { color: '1E5B38', fill: 'DDEFE3' };
const calm = { color: '24507A', fill: 'DCE9F5' };
const warn = { color: '7A4B00', fill: 'FBEBC8', bold: true };
const bad = { color: '8C1C13', fill: 'F8DAD6', bold: true };
const grey = { color: QUIET, fill: 'EFF1F3' };

const STATUS_LOOK: Readonly<Record<RowStatus, Style>> = {
  Created: good,
  Updated: calm,
  Unarchived: { color: '1D5C63', fill: 'D8EDEE' },
  Unchanged: grey,
  UnchangedByDiff: grey,
  SkippedByRule: { ...grey, italic: true },
  SkippedAmbiguous: warn,
  Rejected: bad,
  Failed: bad,
  NotProcessed: { ...grey, italic: true },
};

const PHASE_LOOK: Readonly<Record<RunPhase, Style>> = {
  Queued: grey,
  Pending: grey,
  Running: calm,
  Succeeded: { ...good, bold: true },
  PartialSuccess: warn,
  Failed: bad,
  Cancelled: { ...grey, bold: true },
  Skipped: grey,
  Missed: warn,
};

const cell = { vertical: 'top' } as const;
const MOST_DECIMALS = 15;

const NAMED = {
  /** The first one is what a cell has that names no style. */
  text: cell,
  wrapped: { ...cell, wrap: true },
  header: { bold: true, color: 'FFFFFF', fill: DARK, vertical: 'center' },
  headerNumber: { bold: true, color: 'FFFFFF', fill: DARK, vertical: 'center', align: 'right', wrap: true },
  dataHeader: { bold: true, color: INK, fill: PALE, vertical: 'center' },
  row: { ...cell, color: QUIET, format: '0', align: 'center' },
  /** Excel shows booleans as words by itself; other programs follow the format. */
  boolean: { ...cell, align: 'center', format: '"TRUE";"TRUE";"FALSE"' },
  date: { ...cell, format: 'yyyy-mm-dd', align: 'left' },
  dateTime: { ...cell, format: 'yyyy-mm-dd hh:mm:ss"Z"', align: 'left' },
  dateTimeMs: { ...cell, format: 'yyyy-mm-dd hh:mm:ss.000"Z"', align: 'left' },
  note: { italic: true, color: QUIET, vertical: 'top' },
  noteWrapped: { italic: true, color: QUIET, vertical: 'top', wrap: true },
  title: { bold: true, size: 18, color: DARK, vertical: 'center' },
  subtitle: { color: QUIET, size: 11, vertical: 'center' },
  section: { bold: true, size: 12, color: DARK, line: DARK },
  label: { color: QUIET, vertical: 'top' },
  fact: { vertical: 'top', color: INK },
  tableText: { vertical: 'top', line: RULE },
  tableWrapped: { vertical: 'top', line: RULE, wrap: true },
  tableLink: { vertical: 'top', line: RULE, color: '1F5FA8', underline: true },
  count: { vertical: 'top', line: RULE, format: '#,##0' },
  countZero: { vertical: 'top', line: RULE, format: '#,##0', color: 'A0A8B0' },
  countBad: { vertical: 'top', line: RULE, format: '#,##0', bold: true, color: '8C1C13', fill: 'F8DAD6' },
  countWarn: { vertical: 'top', line: RULE, format: '#,##0', bold: true, color: '7A4B00', fill: 'FBEBC8' },
  errorText: { ...bad, bold: false, wrap: true, vertical: 'top' },
  errorTitle: { ...bad, vertical: 'top' },
} satisfies Record<string, Style>;

export type StyleName = keyof typeof NAMED | `status${RowStatus}` | `phase${RunPhase}` | `decimals${number}`;

const ALL = new Map<string, Style>(Object.entries(NAMED));
for (const [status, look] of Object.entries(STATUS_LOOK)) ALL.set(`status${status}`, { ...cell, ...look });
for (const [phase, look] of Object.entries(PHASE_LOOK)) ALL.set(`phase${phase}`, { ...look, align: 'center' });
for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
  const format = decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}`;
  ALL.set(`decimals${decimals}`, { ...cell, format });
}

const INDEX = new Map([...ALL.keys()].map((name, index) => [name, index]));

/** The number of a style in `cellXfs`. */
export function styleIndex(name: StyleName): number {
  const index = INDEX.get(name);
  if (index === undefined) throw new RangeError(`no style ${name}`);
  return index;
}

/** The same style for text that a spreadsheet program would else turn into a formula or a number when it is edited. */
export function quotedStyleIndex(index: number): number {
  return index + ALL.size;
}

/** `xl/styles.xml`: every style twice, the second time with the quote prefix. */
export function renderStyles(): string {
  const fonts = new Pool();
  const fills = new Pool();
  const borders = new Pool();
  const formats = new Pool();
  fonts.index(fontXml({}));
  fills.index('<fill><patternFill patternType="none"/></fill>');
  fills.index('<fill><patternFill patternType="gray125"/></fill>');
  borders.index(borderXml({}));
  const formatOf = (format: string | undefined) => (format === undefined ? 0 : 164 + formats.index(escape(format)));
  const xf = (style: Style, quoted: boolean) =>
    `<xf numFmtId="${formatOf(style.format)}" fontId="${fonts.index(fontXml(style))}"` +
    ` fillId="${fills.index(fillXml(style))}" borderId="${borders.index(borderXml(style))}" xfId="0"` +
    `${quoted ? ' quotePrefix="1"' : ''} applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1"` +
    ` applyAlignment="1">${alignmentXml(style)}</xf>`;
  const styles = [...ALL.values()];
  const xfs = [...styles.map((style) => xf(style, false)), ...styles.map((style) => xf(style, true))];
  const numFmts = formats.items.map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${code}"/>`);
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
    list('numFmts', numFmts) +
    list('fonts', fonts.items) +
    list('fills', fills.items) +
    list('borders', borders.items) +
    // LibreOffice gives cells that name no style this one, and not the first of `cellXfs`.
    `<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" applyAlignment="1">${alignmentXml(NAMED.text)}</xf></cellStyleXfs>` +
    list('cellXfs', xfs) +
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>' +
    '<dxfs count="0"/><tableStyles count="0" defaultTableStyle="TableStyleMedium9"/></styleSheet>'
  );
}

/** Parts that several styles share, by their XML. */
class Pool {
  readonly items: string[] = [];

  index(xml: string): number {
    const found = this.items.indexOf(xml);
    return found >= 0 ? found : this.items.push(xml) - 1;
  }
}

function list(name: string, items: readonly string[]): string {
  return `<${name} count="${items.length}">${items.join('')}</${name}>`;
}

function fontXml(style: Style): string {
  return (
    `<font>${style.bold === true ? '<b/>' : ''}${style.italic === true ? '<i/>' : ''}` +
    `${style.underline === true ? '<u/>' : ''}<sz val="${style.size ?? 11}"/>` +
    `<color rgb="FF${style.color ?? INK}"/><name val="Calibri"/><family val="2"/></font>`
  );
}

function fillXml(style: Style): string {
  if (style.fill === undefined) return '<fill><patternFill patternType="none"/></fill>';
  return `<fill><patternFill patternType="solid"><fgColor rgb="FF${style.fill}"/><bgColor indexed="64"/></patternFill></fill>`;
}

function borderXml(style: Style): string {
  const bottom =
    style.line === undefined ? '<bottom/>' : `<bottom style="thin"><color rgb="FF${style.line}"/></bottom>`;
  return `<border><left/><right/><top/>${bottom}<diagonal/></border>`;
}

function alignmentXml(style: Style): string {
  const horizontal = style.align === undefined ? '' : ` horizontal="${style.align}"`;
  const wrap = style.wrap === true ? ' wrapText="1"' : '';
  return `<alignment vertical="${style.vertical ?? 'center'}"${horizontal}${wrap}/>`;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
}
