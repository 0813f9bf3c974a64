/** The records of a ZIP file around the data of its entries (PKWARE APPNOTE.TXT 6.3.10, section 4.3). */

/** An entry whose data is written. */
export interface ZipEntry {
  readonly name: string;
  /** Of the data as it was, CRC-32 of ISO 3309. */
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Where its local header stands in the file. */
  readonly offset: number;
}

const LOCAL_HEADER = 0x04034b50;
const DATA_DESCRIPTOR = 0x08074b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;

const VERSION = 20;
const VERSION_ZIP64 = 45;
/** Made on Unix, by version 6.3 of the specification. */
const MADE_BY = (3 << 8) | 63;
/** Bit 3: size and checksum follow the data. Bit 11: the name is UTF-8. */
const FLAGS = (1 << 3) | (1 << 11);
const DEFLATE = 8;
/** Noon of 1 January 1980, the first day of the format: entries carry no time, so that the same content is the same file. */
const TIME = 12 << 11;
const DATE = (1 << 5) | 1;
/** A regular file, rw-rw-r--. */
const ATTRIBUTES = (0o100664 << 16) >>> 0;
const ZIP64_FIELD = 0x0001;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;

/** What stands before the data of an entry. */
export function renderLocalHeader(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL_HEADER, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATE, 8);
  header.writeUInt16LE(TIME, 10);
  header.writeUInt16LE(DATE, 12);
  const encoded = Buffer.from(name);
  header.writeUInt16LE(encoded.length, 26);
  return Buffer.concat([header, encoded]);
}

const isLarge = ({ compressedBytes, bytes, offset }: ZipEntry): boolean =>
  Math.max(compressedBytes, bytes, offset) >= FULL_32;

/** What stands behind the data of an entry. */
export function renderDataDescriptor(entry: ZipEntry): Buffer {
  const large = isLarge(entry);
  const descriptor = Buffer.alloc(large ? 24 : 16);
  descriptor.writeUInt32LE(DATA_DESCRIPTOR, 0);
  descriptor.writeUInt32LE(entry.crc, 4);
  if (large) {
    descriptor.writeBigUInt64LE(BigInt(entry.compressedBytes), 8);
    descriptor.writeBigUInt64LE(BigInt(entry.bytes), 16);
  } else {
    descriptor.writeUInt32LE(entry.compressedBytes, 8);
    descriptor.writeUInt32LE(entry.bytes, 12);
  }
  return descriptor;
}

/** What stands behind all entries. @param offset where it stands in the file */
export function renderCentralDirectory(entries: readonly ZipEntry[], offset: number): Buffer {
  const headers = Buffer.concat(entries.map(renderCentralHeader));
  const large = Math.max(headers.length, offset) >= FULL_32 || entries.length >= FULL_16;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_OF_CENTRAL, 0);
  end.writeUInt16LE(large ? FULL_16 : entries.length, 8);
  end.writeUInt16LE(large ? FULL_16 : entries.length, 10);
  end.writeUInt32LE(large ? FULL_32 : headers.length, 12);
  end.writeUInt32LE(large ? FULL_32 : offset, 16);
  return Buffer.concat([
    headers,
    large ? renderZip64End(entries.length, headers.length, offset) : Buffer.alloc(0),
    end,
  ]);
}

function renderCentralHeader(entry: ZipEntry): Buffer {
  const large = isLarge(entry);
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(CENTRAL_HEADER, 0);
  header.writeUInt16LE(MADE_BY, 4);
  header.writeUInt16LE(large ? VERSION_ZIP64 : VERSION, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATE, 10);
  header.writeUInt16LE(TIME, 12);
  header.writeUInt16LE(DATE, 14);
  header.writeUInt32LE(entry.crc, 16);
  header.writeUInt32LE(large ? FULL_32 : entry.compressedBytes, 20);
  header.writeUInt32LE(large ? FULL_32 : entry.bytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(ATTRIBUTES, 38);
  header.writeUInt32LE(large ? FULL_32 : entry.offset, 42);
  if (!large) return Buffer.concat([header, name]);
  const field = Buffer.alloc(28);
  field.writeUInt16LE(ZIP64_FIELD, 0);
  field.writeUInt16LE(field.length - 4, 2);
  field.writeBigUInt64LE(BigInt(entry.bytes), 4);
  field.writeBigUInt64LE(BigInt(entry.compressedBytes), 12);
  field.writeBigUInt64LE(BigInt(entry.offset), 20);
  header.writeUInt16LE(field.length, 30);
  return Buffer.concat([header, name, field]);
}

function renderZip64End(entries: number, headerBytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56);
  end.writeUInt32LE(ZIP64_END, 0);
  end.writeBigUInt64LE(BigInt(end.length - 12), 4);
  end.writeUInt16LE(MADE_BY, 12);
  end.writeUInt16LE(VERSION_ZIP64, 14);
  end.writeBigUInt64LE(BigInt(entries), 24);
  end.writeBigUInt64LE(BigInt(entries), 32);
  end.writeBigUInt64LE(BigInt(headerBytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(ZIP64_LOCATOR, 0);
  locator.writeBigUInt64LE(BigInt(offset + headerBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end, locator]);
}
