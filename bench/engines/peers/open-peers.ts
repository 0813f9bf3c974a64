import { join } from 'node:path';
import { messageOf } from '../../../core/errors/app-error.ts';
import type { Engine } from '../engine.ts';
import { openDlt } from './dlt.ts';
import { openIngestr } from './ingestr.ts';
import { openPgloader } from './pgloader.ts';
import { openSling } from './sling.ts';

const INSTALLED = { dlt: openDlt, sling: openSling, ingestr: openIngestr, pgloader: openPgloader };

export const PEER_NAMES = ['merge', ...Object.keys(INSTALLED)] as const;

/**
 * The peers of these names, installed below the directory where they are not yet. One that cannot be had is named and
 * left out.
 *
 * @param merge the script, which needs no installation
 */
export async function openPeers(
  names: readonly string[],
  directory: string,
  merge: Engine,
  say: (text: string) => void,
): Promise<readonly Engine[]> {
  const engines: Engine[] = names.includes('merge') ? [merge] : [];
  for (const [name, open] of Object.entries(INSTALLED)) {
    if (!names.includes(name)) continue;
    try {
      engines.push(await open(join(directory, name)));
    } catch (error) {
      say(`${name}: LEFT OUT, it could not be installed or started: ${messageOf(error).trim()}`);
    }
  }
  return engines;
}
