import type { InspectedColumn, InspectedTable, Inspection } from '../core/inspect/inspection.ts';
import { renderCount, renderRows } from '../core/report/text.ts';
import { renderTable } from './terminal.ts';

const WIDEST_VALUE = 40;
const DELIMITERS: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };

/** What a file holds, as a person reads it: tables, columns with guessed types and counts, then what is odd, by row. */
export function renderInspection({ file, tables, warnings }: Inspection): string {
  const head = `${file}: ${tables.length === 1 ? '1 table' : `${renderCount(tables.length)} tables`}`;
  const notes = warnings.map(({ message }) => `warning: ${message}`);
  return [head, ...tables.map(renderInspectedTable), ...notes].join('\n');
}

function renderInspectedTable(table: InspectedTable): string {
  const { name, rows, delimiter, columns } = table;
  const separated = delimiter === null ? '' : `, ${DELIMITERS[delimiter] ?? JSON.stringify(delimiter)}-separated`;
  const lines = [
    ['column', 'header', 'type', 'values', 'blank', 'distinct', 'for example'],
    ...columns.map((column) => [
      column.name,
      oneLine(column.header),
      renderType(column),
      renderCount(column.values),
      renderCount(column.blanks),
      column.distinct === null ? 'repeats' : renderCount(column.distinct),
      column.examples.map((example) => oneLine(example)).join(', '),
    ]),
  ];
  const problems = columns.flatMap((column) => renderProblems(column).map((problem) => `  ${column.name}: ${problem}`));
  return [`\n${name}: ${renderRows(rows)}${separated}`, renderTable(lines, '  '), renderKey(table), ...problems]
    .filter((line) => line !== '')
    .join('\n');
}

function renderType({ type, inputFormat }: InspectedColumn): string {
  return inputFormat === null ? type : `${type} (${inputFormat})`;
}

function renderKey({ key, keyPair, rows }: InspectedTable): string {
  if (keyPair !== null) return `  key: ${keyPair.join(' and ')} together`;
  if (key === null) return rows === 0 ? '' : '  no column tells the rows apart';
  if (key.isUnique || rows === 0) return `  key: ${key.column}`;
  return `  key: ${key.column}, but ${renderRows(key.exceptions)} without a value of their own`;
}

/** What is odd about a column, each with the rows where it is. Rows count from 1, the header not among them. */
function renderProblems(column: InspectedColumn): string[] {
  const { type, misfits, firstMisfits, otherFormat } = column;
  const problems: string[] = [];
  if (misfits > 0) {
    const where = firstMisfits.map(({ row, value }) => `row ${renderCount(row)} ${JSON.stringify(oneLine(value))}`);
    problems.push(
      `${renderCount(misfits)} ${misfits === 1 ? 'value is' : 'values are'} no ${type}: ${where.join(', ')}`,
    );
  }
  if (otherFormat !== null) {
    problems.push(`every date can be read as ${otherFormat} too; declare inputFormat`);
  }
  return problems;
}

/** On one line, without what a terminal would obey. */
function oneLine(text: string): string {
  const plain = text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
  const letters = Array.from(plain);
  return letters.length <= WIDEST_VALUE ? plain : `${letters.slice(0, WIDEST_VALUE - 1).join('')}…`;
}
