import { invalid } from '../../core/errors/app-error.ts';

const MAX_LENGTH = 255;

/** The name of an uploaded file: how it ends decides how it is read, so it is a name and no path. @throws AppError `Invalid` */
export function parseFileName(text: string | undefined): string {
  if (text === undefined || text === '') throw invalid('give the name of the file as ?fileName=');
  if (text.length > MAX_LENGTH)
    throw invalid(`?fileName= has ${text.length} characters; at most ${MAX_LENGTH} are taken`);
  if (/[/\\\p{Cc}\ufffd]/u.test(text) || text === '.' || text === '..') {
    throw invalid('?fileName= is the name of a file in UTF-8: no folders, no control characters');
  }
  return text;
}

/**
 * The header that has a browser save a file under its name instead of showing it, after RFC 6266 and RFC 8187; `filename`
 * is for clients that know no other.
 */
export function contentDisposition(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
