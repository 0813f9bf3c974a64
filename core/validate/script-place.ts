import type { SqlModel } from '../model/connector.ts';

/** A place in the file that holds a script; `file` is null for manifests that are not from a file. */
export interface ScriptPlace {
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
}

/** Where a line and column of a script, both from 1, stand in the file it was written in. */
export function placeInScript(origin: SqlModel['origin'], line: number, column: number): ScriptPlace {
  const { file, firstLine, indent } = origin;
  if (origin.folded === true) return { file, line: firstLine, column: indent + 1 };
  return { file, line: firstLine + line - 1, column: indent + column };
}
