import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors/app-error.ts';

/**
 * Opens a file that another stage left in the workspace: a regular file, never a link to one, no larger than `maxBytes`.
 * Throws AppError `WorkspaceFile`.
 */
export async function openWorkspaceFile(path: string, maxBytes = Number.MAX_SAFE_INTEGER): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw workspaceFault(`cannot open ${path}: ${messageOf(cause)}`, cause);
  }
  const stat = await handle.stat();
  if (stat.isFile() && stat.size <= maxBytes) return handle;
  await handle.close();
  throw workspaceFault(
    stat.isFile() ? `${path} has ${stat.size} bytes, more than ${maxBytes}` : `${path} is not a regular file`,
  );
}

function workspaceFault(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'WorkspaceFile', class: 'terminal', message, cause });
}
