import { open, rm } from 'node:fs/promises';
import type { ReportSource } from '../../../core/report/source.ts';
import { putInPlace } from '../../artifacts/put-in-place.ts';
import { notWritten, partialName } from '../zip-package.ts';
import { collectPage } from './collect-page.ts';
import { renderPage } from './render-page.ts';

/**
 * Writes the page of an execution to `path`, under a temporary name until it is whole. Errors: AppError `ReportNotWritten`
 * (transient) where the file cannot be written; whatever the source throws passes through. Nothing is left behind then.
 */
export async function writePage(source: ReportSource, path: string): Promise<void> {
  const content = await collectPage(source);
  const part = partialName(path, '');
  try {
    await rm(part, { force: true });
    // `wx` refuses to follow a link.
    const file = await open(part, 'wx');
    try {
      for (const piece of renderPage(source, content)) await file.appendFile(piece);
    } finally {
      await file.close();
    }
    await putInPlace('report', part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw notWritten(path, error);
  }
}
