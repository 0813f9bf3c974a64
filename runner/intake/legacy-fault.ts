import { CFB as untypedCfb } from '@e965/xlsx';
import type { LegacyFault } from './legacy-lines.ts';

interface Container {
  readonly FullPaths: readonly string[];
  readonly FileIndex: readonly { readonly content?: Uint8Array }[];
}

/** The package says nothing of its types. */
const CFB = untypedCfb as unknown as { read(bytes: Uint8Array, options: { readonly type: 'buffer' }): Container };

/** Streams by which the files of other programs are known that come in the container of .xls. */
const OTHER_PROGRAMS: readonly (readonly [stream: string, what: string])[] = [
  ['worddocument', 'a Word document'],
  ['powerpoint document', 'a PowerPoint presentation'],
  ['visiodocument', 'a Visio drawing'],
  ['__properties_version1.0', 'an Outlook message'],
];
const OLE_SIGNATURE = 0xd0;
const END_OF_GLOBALS = 0x000a;
const FILE_PASS = 0x002f;

/** Why a legacy workbook could not be read, as far as the file itself says so. */
export function findLegacyFault(bytes: Uint8Array): LegacyFault {
  if (bytes[0] !== OLE_SIGNATURE) return { kind: 'Damaged' };
  const streams = readStreams(bytes);
  if (streams === null) return { kind: 'Damaged' };
  const workbook = streams.get('workbook') ?? streams.get('book');
  if (workbook !== undefined) return { kind: hasPassword(workbook) ? 'Password' : 'Damaged' };
  const other = OTHER_PROGRAMS.find(([stream]) => streams.has(stream));
  return { kind: 'OtherProgram', what: other?.[1] ?? 'a file of another program than Excel' };
}

/** By their names in lower case; null where the container is not sound. */
function readStreams(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> | null {
  try {
    const { FullPaths, FileIndex } = CFB.read(bytes, { type: 'buffer' });
    return new Map(
      FullPaths.map((path, index): [string, Uint8Array] => [
        (path.split('/').at(-1) ?? '').toLowerCase(),
        FileIndex[index]?.content ?? new Uint8Array(),
      ]),
    );
  } catch {
    return null;
  }
}

/** Whether a record among those before the sheets says that the rest is encrypted ([MS-XLS] 2.4.117). */
function hasPassword(stream: Uint8Array): boolean {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  for (let at = 0; at + 4 <= stream.length; at += 4 + view.getUint16(at + 2, true)) {
    const type = view.getUint16(at, true);
    if (type === FILE_PASS) return true;
    if (type === END_OF_GLOBALS) return false;
  }
  return false;
}
