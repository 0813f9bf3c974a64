import { cellText } from '../../../core/report/cells.ts';

/** Characters of a value that a page shows. */
const MOST_CHARACTERS = 400;

/**
 * Text of an element or of an attribute in double quotes. What came from a file can be no markup: every character that
 * begins or ends any is escaped. The page is XML as well, so that what that cannot hold is left out.
 */
export function escapeHtml(text: string): string {
  return cellText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('\r', '&#13;');
}

/** As escapeHtml, of text that may be long: its beginning, with a word about the rest. */
export function renderText(text: string | null): string {
  if (text === null) return '';
  if (text.length <= MOST_CHARACTERS) return escapeHtml(text);
  return `${escapeHtml(text.slice(0, MOST_CHARACTERS))}<em> … [cut: ${text.length} characters]</em>`;
}
