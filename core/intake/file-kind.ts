/** What a file is by its first bytes: text, an archive of the ZIP family, packed by gzip, or something that cannot be read. */
export type FileKind =
  | { readonly kind: 'Text' }
  | { readonly kind: 'Zip' }
  | { readonly kind: 'Gzip' }
  /** The container of .xls, and of workbooks behind a password. */
  | { readonly kind: 'Ole' }
  | { readonly kind: 'Unsupported'; readonly what: string; readonly hint: string };

const AS_TEXT = 'export the data as CSV or XLSX';
const UNPACK = 'unpack it, or pack the CSV files into a ZIP file';

/** Null stands for any byte: text may begin with the letters of a signature, so that more of the file is looked at. */
const SIGNATURES: readonly {
  readonly bytes: readonly (number | null)[];
  readonly what: string;
  readonly hint: string;
}[] = [
  { bytes: [0x42, 0x5a, 0x68, null, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], what: 'a bzip2 file', hint: UNPACK },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], what: 'an xz file', hint: UNPACK },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'a Zstandard file', hint: UNPACK },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], what: 'a 7-Zip file', hint: UNPACK },
  { bytes: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], what: 'a RAR file', hint: UNPACK },
  { bytes: [0x25, 0x50, 0x44, 0x46, 0x2d], what: 'a PDF document', hint: AS_TEXT },
  { bytes: [0x50, 0x41, 0x52, 0x31, 0x15], what: 'a Parquet file', hint: AS_TEXT },
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG image', hint: AS_TEXT },
  { bytes: [0xff, 0xd8, 0xff], what: 'a JPEG image', hint: AS_TEXT },
];
const OLE_SIGNATURE = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const GZIP_SIGNATURE = [0x1f, 0x8b];
const ZIP_SIGNATURES = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x50, 0x4b, 0x05, 0x06],
  [0x50, 0x4b, 0x07, 0x08],
];

/** `prefix` holds at least the first 512 bytes, where the file has them. Content decides; the name only what text is. */
export function detectFileKind(prefix: Uint8Array, fileName: string): FileKind {
  const startsWith = (bytes: readonly (number | null)[]): boolean =>
    bytes.every((byte, index) => byte === null || prefix[index] === byte);
  if (ZIP_SIGNATURES.some(startsWith)) return { kind: 'Zip' };
  if (startsWith(OLE_SIGNATURE)) return { kind: 'Ole' };
  if (startsWith(GZIP_SIGNATURE)) return { kind: 'Gzip' };
  const signature = SIGNATURES.find(({ bytes }) => startsWith(bytes));
  if (signature !== undefined) return { kind: 'Unsupported', what: signature.what, hint: signature.hint };
  const start = String.fromCharCode(...prefix.subarray(0, 512))
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (/^<(\?xml|!doctype html|html|table)/i.test(start)) {
    const what = `${/^<\?xml/i.test(start) ? 'an XML' : 'an HTML'} document`;
    return { kind: 'Unsupported', what, hint: AS_TEXT };
  }
  const isJson = /^(\[\s*)?\{\s*"/.test(start) || (/^[{[]/.test(start) && /\.(json|ndjson|jsonl)$/i.test(fileName));
  if (isJson) {
    return {
      kind: 'Unsupported',
      what: 'a JSON file',
      hint: 'send it to a connector of type Webhook, or export the data as CSV',
    };
  }
  if (String.fromCharCode(...prefix.subarray(257, 262)) === 'ustar') {
    return { kind: 'Unsupported', what: 'a tar archive', hint: UNPACK };
  }
  return { kind: 'Text' };
}

/**
 * Whether text (UTF-8) is none: more than one character in twenty is a control character that no text has. NUL does not
 * count, since damaged text has it.
 */
export function looksBinary(text: Uint8Array): boolean {
  let controls = 0;
  for (const byte of text) if (byte < 32 && byte !== 0 && !(byte >= 9 && byte <= 13)) controls += 1;
  return controls >= 8 && controls * 20 > text.length;
}

/** The name of a file without the ending that gzip adds: `prices.csv.gz` is `prices.csv`. */
export function nameWithoutGzip(fileName: string): string {
  return fileName.replace(/\.gz(ip)?$/i, '');
}

/** The delimiter that a file's extension suggests; null: none in particular. */
export function delimiterOfExtension(fileName: string): string | null {
  if (/\.(tsv|tab)$/i.test(fileName)) return '\t';
  return /\.csv$/i.test(fileName) ? ',' : null;
}

/**
 * The formats as which a text file may pass: what its extension says and what its content says, so that a `.csv` with
 * tabs is refused only where neither is wanted.
 */
export function formatsOfText(fileName: string, delimiter: string): ('CSV' | 'TSV')[] {
  const formats = new Set<'CSV' | 'TSV'>([delimiter === '\t' ? 'TSV' : 'CSV']);
  if (/\.csv$/i.test(fileName)) formats.add('CSV');
  if (/\.(tsv|tab|dat)$/i.test(fileName)) formats.add('TSV');
  return [...formats];
}
