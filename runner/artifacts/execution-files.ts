import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FaultPoint } from '../faults/fault-point.ts';
import { openWorkspaceFile } from './workspace-file.ts';
import { putInPlace } from './put-in-place.ts';

/** Ids that name an execution: they stand in paths and in URLs. */
export const EXECUTION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Where the files of one execution are kept under a state directory: the input, the scopes, the outcomes and the report.
 * The workspace holds what the stages hand to each other and can be made again from these.
 */
export interface ExecutionFiles {
  readonly directory: string;
  readonly workspace: string;
  /** Where diff baselines are brought up to date: out of reach of the SQL stage, and as short-lived as the workspace. */
  readonly folds: string;
  /** The directory of the scopes. */
  readonly scopes: string;
  readonly outcomes: string;
  readonly outcomeIndex: string;
  readonly report: string;
  input(fileName: string): string;
  scope(name: string): string;
  scopeSample(name: string): string;
  /** Hashes of all rows of a scope, for the diff baseline. */
  scopeHashes(name: string): string;
  /** What a revert has to undo, by record. */
  effects(name: string): string;
}

export function executionFiles(stateDirectory: string, id: string): ExecutionFiles {
  const directory = join(stateDirectory, 'executions', id);
  const scopes = join(directory, 'scopes');
  const scopeFile = (name: string, ending: string): string =>
    join(scopes, `${name === '' ? 'only' : `scope-${encodeURIComponent(name)}`}${ending}`);
  return {
    directory,
    workspace: join(stateDirectory, 'work', id),
    folds: join(stateDirectory, 'folds', id),
    scopes,
    outcomes: join(directory, 'outcomes.ndjson.gz'),
    outcomeIndex: join(directory, 'outcomes.index.json'),
    report: join(directory, 'report.xlsx'),
    input: (fileName) => join(directory, 'input', fileName.replaceAll(/[/\\\0]/g, '_')),
    scope: (name) => scopeFile(name, '.tsv.zst'),
    scopeHashes: (name) => scopeFile(name, '.hashes.bin'),
    scopeSample: (name) => scopeFile(name, '.sample.ndjson'),
    effects: (name) => scopeFile(name, '.effects.ndjson.zst'),
  };
}

/** A file that is whole under another name, until it is given its own. */
export interface FilePart {
  readonly part: string;
  readonly path: string;
}

/** @param attempt whose part it is: no other attempt writes it */
export function partOf(path: string, attempt: number): FilePart {
  return { part: `${path}.${attempt}.part`, path };
}

/** Copies a file of the workspace into a part: what runs untrusted SQL writes there, and a link would lead elsewhere. */
export async function copyToPart(source: string, { part }: FilePart): Promise<void> {
  await mkdir(dirname(part), { recursive: true, mode: 0o700 });
  const handle = await openWorkspaceFile(source);
  try {
    await pipeline(handle.createReadStream({ autoClose: false }), createWriteStream(part, { mode: 0o600 }));
  } finally {
    await handle.close();
  }
}

/** Gives parts their names. */
export async function publishParts(point: FaultPoint, parts: readonly FilePart[]): Promise<void> {
  for (const { part, path } of parts) await putInPlace(point, part, path);
}

/** Leaves no part behind that was not published. */
export async function removeParts(parts: readonly FilePart[]): Promise<void> {
  for (const { part } of parts) await rm(part, { force: true });
}

/** Copies a file so that it is there whole or not at all. */
export async function keepFile(point: FaultPoint, source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const part = `${target}.part`;
  await copyFile(source, part);
  await putInPlace(point, part, target);
}
