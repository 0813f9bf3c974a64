import { createHash } from 'node:crypto';
import { ROW_STATUSES } from '../../../core/model/outcome.ts';
import { listedRows } from '../../../core/report/phase.ts';
import type { ReportExecution, ReportSource } from '../../../core/report/source.ts';
import { renderCount, renderDuration, renderRows } from '../../../core/report/text.ts';
import { renderChart, rowsOf, statusCounts } from './chart.ts';
import { PAGE_VARIABLES, type PageContent, type PageProblem, type PageRow, type PageStep } from './collect-page.ts';
import { escapeHtml, renderText } from './html.ts';
import { SCRIPT, STYLE } from './look.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The policy that browsers hold the page to: no network, no frame, no form, and no script or style but those of `look.ts`, by
 * their hashes. What is escaped wrongly one day still does nothing.
 */
const POLICY =
  `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; ` +
  "base-uri 'none'; form-action 'none'";

/**
 * The page of one execution: one file of HTML that is well-formed XML as well, without anything from elsewhere.
 *
 * @yields its pieces, in order
 */
export function* renderPage(source: ReportSource, content: PageContent): Generator<string> {
  const { execution } = source;
  const name = `${execution.namespace}/${execution.connector}`;
  yield (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>' +
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(POLICY)}"/>` +
    '<meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="referrer" content="no-referrer"/>' +
    `<title>${escapeHtml(`${name}: ${execution.phase}`)}</title><style>${STYLE}</style></head><body>`
  );
  yield `<header><h1>${escapeHtml(name)}</h1>${renderExecution(execution)}</header><main>`;
  yield renderError(execution);
  yield renderCounts(source, content);
  yield renderProblemGroups(content.problems);
  yield renderWarnings(source);
  yield* renderRowTables(content.steps);
  yield `</main><script>${SCRIPT}</script></body></html>\n`;
}

function renderExecution(execution: ReportExecution): string {
  const { reverts, inputFile } = execution;
  const facts: [string, string][] = [
    ['Execution', execution.id],
    ['Mode', execution.mode === 'DryRun' ? 'DryRun: nothing was written' : execution.mode],
    ['Started', execution.startedAt],
    ['Ended', execution.endedAt],
    ['Duration', renderDuration(execution.durationMs)],
    ['Triggered by', execution.triggeredBy ?? '–'],
    reverts == null ? ['Input file', inputFile ?? '–'] : ['Reverts execution', reverts],
  ];
  const list = facts.map(([term, text]) => `<dt>${term}</dt><dd>${renderText(text)}</dd>`).join('');
  return `<p class="phase ${execution.phase}">${execution.phase}</p><dl>${list}</dl>`;
}

function renderError({ error }: ReportExecution): string {
  if (error === null) return '';
  const details = error.details.map(({ message, hint }) => {
    const advice = hint === undefined ? '' : ` <em>${renderText(hint)}</em>`;
    return `<li>${renderText(message)}${advice}</li>`;
  });
  const list = details.length === 0 ? '' : `<ul>${details.join('')}</ul>`;
  return `<section class="error"><strong>${escapeHtml(error.code)}</strong>: ${renderText(error.message)}${list}</section>`;
}

const numberCell = (count: number): string =>
  `<td class="number${count === 0 ? ' zero' : ''}">${renderCount(count)}</td>`;

function renderCounts({ inputs }: ReportSource, { steps }: PageContent): string {
  const read = inputs.map(({ table, rows }) => `${table}: ${renderRows(rows)}`).join('; ');
  const input = read === '' ? '' : `<p>Input: ${renderText(read)}</p>`;
  if (steps.length === 0) return `<h2>Outcomes</h2>${input}`;
  const statuses = ROW_STATUSES.filter((status) => steps.some((one) => countOf(one, status) > 0));
  const head = ['Step', 'Object', 'Scope'].map((text) => `<th scope="col">${text}</th>`).join('');
  const counted = ['Rows', ...statuses].map((text) => `<th scope="col" class="number">${text}</th>`).join('');
  const lines = steps.map((one) => {
    const { name, object, scope } = one.step;
    const texts = `<th scope="row">${renderText(name)}</th><td>${renderText(object)}</td><td>${renderText(scope)}</td>`;
    return `<tr>${texts}${[rowsOf(one), ...statuses.map((status) => countOf(one, status))].map(numberCell).join('')}</tr>`;
  });
  return (
    `<h2>Outcomes</h2>${input}${renderChart(steps)}<div class="wide"><table><caption>Rows by what became of them</caption>` +
    `<thead><tr>${head}${counted}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
  );
}

const countOf = (one: PageStep, status: string): number =>
  statusCounts(one).find(([name]) => name === status)?.[1] ?? 0;

function renderProblemGroups(problems: readonly PageProblem[]): string {
  if (problems.length === 0) return '<h2>Problems</h2><p>No row has one.</p>';
  const lines = problems.map(({ kind, code, count, examples }) => {
    const shown = examples.map(({ step, row, message }) => {
      return `<li>${renderText(step)}, row ${row}: ${renderText(message)}</li>`;
    });
    return `<tr><th scope="row">${escapeHtml(code)}</th><td>${kind}</td>${numberCell(count)}<td><ul>${shown.join('')}</ul></td></tr>`;
  });
  return (
    '<h2>Problems</h2><div class="wide"><table><caption>By reason, the most frequent first</caption><thead><tr><th scope="col">Reason</th>' +
    '<th scope="col">Kind</th><th scope="col" class="number">Count</th><th scope="col">Examples</th></tr></thead>' +
    `<tbody>${lines.join('')}</tbody></table></div>`
  );
}

function renderWarnings({ warnings }: ReportSource): string {
  if (warnings.length === 0) return '';
  const items = warnings.map(
    ({ code, message }) => `<li><strong>${escapeHtml(code)}</strong>: ${renderText(message)}</li>`,
  );
  return `<h2>Warnings of the run</h2><ul>${items.join('')}</ul>`;
}

function* renderRowTables(steps: readonly PageStep[]): Generator<string> {
  yield '<h2>Rows</h2>';
  if (!steps.some(({ rows }) => rows.length > 0)) {
    yield '<p>No rows are listed.</p>';
    return;
  }
  const statuses = ROW_STATUSES.filter((status) => steps.some(({ rows }) => rows.some((row) => row.status === status)));
  const options = statuses.map((status) => `<option>${status}</option>`).join('');
  yield (
    '<div class="tools" id="tools" hidden="hidden"><label>Search <input id="words" type="search"/></label>' +
    `<label>Status <select id="status"><option value="">all</option>${options}</select></label><output id="shown"></output></div>`
  );
  for (const one of steps) {
    if (one.rows.length === 0) continue;
    yield `<h3>${renderText(one.step.name)}</h3><div class="wide"><table><caption>${escapeHtml(captionOf(one))}</caption><thead><tr>`;
    const headers = ['Row', 'Status', 'Reason', 'Problems', ...one.variables, 'Record', 'Changes'];
    yield headers.map((header) => `<th scope="col">${renderText(header)}</th>`).join('');
    yield '</tr></thead><tbody>';
    for (const row of one.rows) yield renderRow(row, one.variables.length);
    yield '</tbody></table></div>';
  }
}

function captionOf({ step, scope, rows, variables }: PageStep): string {
  const total = listedRows(step) + (scope?.rejected ?? 0);
  const parts = [`${renderCount(rows.length)} of ${renderRows(total)}`];
  if (rows.length < total) parts.push('those with problems first; the workbook and the outcomes have the others');
  const more = (scope?.variables.length ?? 0) - variables.length;
  if (more > 0) parts.push(`${more} variables after the first ${PAGE_VARIABLES} are not shown`);
  if ((scope?.unchangedByDiff ?? 0) > 0) parts.push('rows unchanged by the diff check are counted, not listed');
  return parts.join('; ');
}

function renderRow({ row, status, reason, problems, values, record, changes }: PageRow, variables: number): string {
  const cells = Array.from({ length: variables }, (_, index) => `<td>${renderText(values[index] ?? null)}</td>`).join(
    '',
  );
  return (
    `<tr data-status="${status}"><th scope="row">${row}</th><td class="t-${status}">${status}</td><td>${renderText(reason)}</td>` +
    `<td>${renderText(problems)}</td>${cells}<td>${renderText(record)}</td><td>${renderText(changes)}</td></tr>`
  );
}
