import { isAlias, isMap, isPair, isScalar, isSeq, type Document, type LineCounter, type Node, type Pair } from 'yaml';
import type { FieldPath } from './field-path.ts';
import type { ManifestSource, Place, TextOrigin } from './manifest.ts';

/** What places are read from: one document of a file, and the way to the manifest inside of it. */
export interface YamlText {
  readonly file: string;
  readonly lines: readonly string[];
  readonly counter: LineCounter;
  readonly document: Document;
  /** Empty, or the way to one item of a `List`. */
  readonly base: FieldPath;
}

/** The way back from a manifest to its text. */
export function yamlSource(text: YamlText, order: number): ManifestSource {
  return {
    file: text.file,
    order,
    placeOf: (path) => placeOf(text, [...text.base, ...path]),
    textOriginOf: (path) => textOriginOf(text, [...text.base, ...path]),
  };
}

/** Where an offset of the file is. */
export function placeAt(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** A value that fits on its line is shown itself; a map or list is shown by its key, which is where a reader looks. */
function placeOf(text: YamlText, path: FieldPath): Place | null {
  let node: unknown = text.document.contents;
  let best = offsetOf(node) ?? 0;
  for (const part of path) {
    const found = childOf(text.document, node, part);
    if (found === null) break;
    node = found.value;
    const isShort =
      isScalar(node) && node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED' && node.value !== null;
    best = (isShort ? undefined : found.keyOffset) ?? offsetOf(node) ?? best;
  }
  return placeAt(text.counter, best);
}

interface Child {
  readonly value: unknown;
  /** Where its key stands; undefined for items of a list. */
  readonly keyOffset: number | undefined;
}

function childOf(document: Document, parent: unknown, part: string | number): Child | null {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node) && typeof part === 'number') {
    return part < node.items.length ? { value: node.items[part], keyOffset: undefined } : null;
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isPair(item) && keyText(item) === String(part));
  return pair === undefined ? null : { value: pair.value, keyOffset: offsetOf(pair.key) };
}

function keyText(pair: Pair): string | null {
  return isScalar(pair.key) ? String(pair.key.value) : null;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

/** Only a literal block keeps its lines; of it, the indent is what the file has before the text on the same line. */
function textOriginOf(text: YamlText, path: FieldPath): TextOrigin | null {
  let node: unknown = text.document.contents;
  for (const part of path) node = childOf(text.document, node, part)?.value;
  if (isAlias(node)) node = node.resolve(text.document);
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return null;
  const start = placeAt(text.counter, node.range[0]);
  if (node.type === 'BLOCK_LITERAL') {
    const firstLine = start.line + 1;
    const content = node.value.split('\n');
    const index = content.findIndex((line) => line.trim() !== '');
    const inFile = text.lines[firstLine - 1 + index]?.replace(/\r$/, '') ?? '';
    return { firstLine, indent: index < 0 ? 0 : Math.max(inFile.length - (content[index] ?? '').length, 0) };
  }
  const indent = start.column - 1 + (node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0);
  const isOneLine = !node.value.includes('\n') && node.type !== 'BLOCK_FOLDED';
  return isOneLine ? { firstLine: start.line, indent } : { firstLine: start.line, indent, folded: true };
}
