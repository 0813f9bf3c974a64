import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { durably, type FaultPoint } from '../faults/fault-point.ts';

/**
 * Gives a finished file its name, in the same directory: it is there whole or not at all, also after a power cut. What
 * PostgreSQL then says of it holds as long as PostgreSQL's own word does.
 */
export async function putInPlace(point: FaultPoint, part: string, target: string): Promise<void> {
  await synchronize(part);
  await durably(point, () => rename(part, target));
  await synchronize(dirname(target));
}

async function synchronize(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
