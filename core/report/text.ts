import type { VariableValue } from '../model/connector.ts';
import type { FieldValue, FieldValues, RowProblem } from '../model/outcome.ts';

/** Problems of a row, one a line: `price: "12,x" is not a number [NotANumber]`. */
export function renderProblems(problems: readonly RowProblem[]): string {
  if (problems.length === 0) return '';
  return problems.map(renderProblem).join('\n');
}

function renderProblem(problem: RowProblem): string {
  const subject = problem.variable ?? problem.field;
  // Many messages name their variable already.
  const isNamed = subject === undefined || problem.message.split(/[^\p{L}\p{N}_]+/u).includes(subject);
  const prefix = isNamed ? '' : `${subject}: `;
  return `${prefix}${problem.message} [${problem.code}]`;
}

/** What an update changed, one field a line: `price: 9.90 → 10.50`. Empty where nothing was there before (a new record). */
export function renderChange(before: FieldValues | null, after: FieldValues | null): string {
  if (before === null || after === null) return '';
  const lines: string[] = [];
  for (const [field, value] of Object.entries(after)) {
    const old = renderFieldValue(before[field] ?? null);
    const now = renderFieldValue(value);
    if (old !== now) lines.push(`${field}: ${old} → ${now}`);
  }
  return lines.join('\n');
}

function renderFieldValue(value: FieldValue): string {
  if (value === null || value === '') return '(blank)';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return typeof value === 'string' ? value : renderList(value);
}

/** The text of a variable's value; null for blank. */
export function renderValue(value: VariableValue): string | null {
  return value === null || typeof value === 'string' ? value : renderList(value);
}

/** A list as `a, b`; an item that could be read as several, or as none, stands in quotes. */
export function renderList(items: readonly string[]): string {
  return items.map((item) => (/^$|[,"\n\r]|^\s|\s$/.test(item) ? JSON.stringify(item) : item)).join(', ');
}

/** A duration as a person says it: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`. */
export function renderDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 row`, `2,500 rows`. */
export function renderRows(count: number): string {
  return `${renderCount(count)} ${count === 1 ? 'row' : 'rows'}`;
}

/** A count with thousands separators, whatever the locale of the machine: `1,234,567`. */
export function renderCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
