import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { digestOf, type Fingerprint } from './fingerprint.ts';
import { buildRecord, COLUMNS, renderLine, renderStored } from './record.ts';
import { buildVariant, type VariantName } from './variants.ts';

/** A file that was made, and what a table must hold after loading it alone. */
export interface DataFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly loaded: Fingerprint;
}

/** Files of an older generator are not taken for those of this one. */
const GENERATOR = 1;

const BATCH_CHARACTERS = 256 * 1024;

/**
 * Writes the file of a variant, a part at a time, or finds the one that an earlier run left.
 *
 * @param directory made where it is not there
 */
export async function ensureDataFile(
  directory: string,
  seed: number,
  rows: number,
  name: VariantName,
): Promise<DataFile> {
  const folder = join(directory, `v${GENERATOR}-seed-${seed}-rows-${rows}`, name);
  const path = join(folder, 'members.csv');
  const record = join(folder, 'expected.json');
  const known = await readFile(record, 'utf8').catch(() => null);
  // Written last, so what it describes is whole.
  if (known !== null) return { ...(JSON.parse(known) as Omit<DataFile, 'path'>), path };
  await mkdir(folder, { recursive: true });
  const loaded = await writeLines(`${path}.part`, seed, rows, name);
  await rename(`${path}.part`, path);
  const { size } = await stat(path);
  const made = { rows: buildVariant(name, rows).rows, bytes: size, loaded };
  await writeFile(record, JSON.stringify(made));
  return { ...made, path };
}

async function writeLines(path: string, seed: number, rows: number, name: VariantName): Promise<Fingerprint> {
  const variant = buildVariant(name, rows);
  const stream = createWriteStream(path);
  const done = finished(stream);
  let records = 0;
  let sum = 0;
  let batch = `${COLUMNS.join(',')}\n`;
  for (let row = 0; row < variant.rows; row += 1) {
    const { index, version } = variant.lineAt(row);
    const record = buildRecord(seed, index, version);
    batch += `${renderLine(record)}\n`;
    if (!variant.isSuperseded(row)) {
      records += 1;
      sum += digestOf(renderStored(record));
    }
    if (batch.length < BATCH_CHARACTERS) continue;
    if (!stream.write(batch)) await Promise.race([once(stream, 'drain'), done]);
    batch = '';
  }
  stream.end(batch);
  await done;
  return { records, sum };
}
