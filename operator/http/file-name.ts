import { invalid } from '../../core/errors/app-error.ts';

/** In UTF-8: what a disk takes. */
const MAX_BYTES = 255;

const isShort = (text: string): boolean => Buffer.byteLength(text) <= MAX_BYTES;

/** Whether a file can have this name wherever it is put: it is no path, and has nothing that a disk or PostgreSQL refuses. */
export const isFileName = (text: string): boolean =>
  isShort(text) && !['', '.', '..'].includes(text) && !/[/\\\p{Cc}\ufffd]/u.test(text);

/** The name of an uploaded file: how it ends decides how it is read, so it is a name and no path. @throws AppError `Invalid` */
export function parseFileName(text: string | undefined): string {
  if (text === undefined || text === '') throw invalid('give the name of the file as ?fileName=');
  if (isFileName(text)) return text;
  throw invalid(
    isShort(text)
      ? '?fileName= is the name of a file in UTF-8: no folders, no control characters'
      : `?fileName= has ${Buffer.byteLength(text)} bytes in UTF-8; at most ${MAX_BYTES} are taken`,
  );
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
