import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipInput {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Sets the flag of an encrypted entry. */
  readonly isEncrypted?: boolean;
  /** 8 (deflate) unless said; the content of any other method is not packed. */
  readonly method?: number;
  /** The mode of a file under Unix. */
  readonly mode?: number;
  /** Puts sizes and checksum after the content, as writers to a stream do. */
  readonly hasDescriptor?: boolean;
  /** In place of the right checksum. */
  readonly crc?: number;
  /** In place of the right size of the content. */
  readonly saidBytes?: number;
  /** Its bytes are those of the first entry. */
  readonly sharesFirst?: boolean;
}

/** A ZIP file as its specification has it, so that tests can also write what no packer would. */
export function buildZip(
  entries: readonly ZipInput[],
  { zip64 = false, comment = '' }: { readonly zip64?: boolean; readonly comment?: string } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let firstPacked: Buffer | null = null;
  for (const entry of entries) {
    const { name, content, isEncrypted = false, method = 8, hasDescriptor = false, sharesFirst = false } = entry;
    const nameBytes = Buffer.from(name, 'utf8');
    const raw = Buffer.from(content);
    const packed: Buffer = sharesFirst && firstPacked !== null ? firstPacked : method === 8 ? deflateRawSync(raw) : raw;
    firstPacked ??= packed;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(0x800 | (isEncrypted ? 1 : 0) | (hasDescriptor ? 8 : 0), 2);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(entry.crc ?? crc32(raw), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(entry.saidBytes ?? raw.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const header = Buffer.from(shared);
    if (hasDescriptor) header.fill(0, 10, 22);
    const descriptor = Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), shared.subarray(10, 22)]);
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      header,
      nameBytes,
      packed,
      ...(hasDescriptor ? [descriptor] : []),
    ]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    tail.writeUInt32LE(sharesFirst ? 0 : offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), shared, tail, nameBytes]));
    if (sharesFirst) continue;
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(zip64 ? 0xffff : entries.length, 8);
  end.writeUInt16LE(zip64 ? 0xffff : entries.length, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : central.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  const extended = zip64 ? zip64End(entries.length, central.length, offset) : Buffer.alloc(0);
  return Buffer.concat([...parts, central, extended, end, Buffer.from(comment)]);
}

/** The end of the directory in 64 bits, and what points to it. */
function zip64End(count: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56);
  end.write('PK\x06\x06', 0, 'latin1');
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(45, 12);
  end.writeUInt16LE(45, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(bytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 0, 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end, locator]);
}

/** The least that is a workbook: sheets by name and the XML of their rows, with optional parts. */
export function buildWorkbook(
  sheets: readonly { readonly name: string; readonly rows: string; readonly state?: string }[],
  parts: {
    readonly strings?: string;
    readonly styles?: string;
    readonly date1904?: boolean;
    /** What stands in the list of extensions of the workbook. */
    readonly extensions?: string;
  } = {},
): Buffer {
  const list = sheets
    .map(
      ({ name, state }, index) =>
        `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"${state === undefined ? '' : ` state="${state}"`}/>`,
    )
    .join('');
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const relationship = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`;
  const relationships = (body: string): string =>
    `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${body}</Relationships>`;
  return buildZip([
    { name: '[Content_Types].xml', content: '<Types/>' },
    { name: '_rels/.rels', content: relationships(relationship('rId1', 'officeDocument', 'xl/workbook.xml')) },
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns:r="${office}">${parts.date1904 === true ? '<workbookPr date1904="1"/>' : ''}<sheets>${list}</sheets><extLst>${parts.extensions ?? ''}</extLst></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relationships(
        sheets
          .map((_, index) => relationship(`rId${index + 1}`, 'worksheet', `worksheets/sheet${index + 1}.xml`))
          .join('') +
          relationship('rIdS', 'sharedStrings', 'sharedStrings.xml') +
          relationship('rIdT', 'styles', '/xl/styles.xml'),
      ),
    },
    { name: 'xl/sharedStrings.xml', content: `<sst>${parts.strings ?? ''}</sst>` },
    { name: 'xl/styles.xml', content: `<styleSheet>${parts.styles ?? ''}</styleSheet>` },
    ...sheets.map(({ rows }, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      content: `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
    })),
  ]);
}
