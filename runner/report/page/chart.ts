import { listedRows } from '../../../core/report/phase.ts';
import type { RowStatus } from '../../../core/model/outcome.ts';
import { renderCount } from '../../../core/report/text.ts';
import type { PageStep } from './collect-page.ts';
import { escapeHtml } from './html.ts';

const WIDTH = 1000;
const LABEL = 220;
const BAR = 22;
const LINE = 34;
/** Narrower parts could not be seen. */
const NARROWEST = 2;

/** Rows of a step by what became of them, in the order of the chart. */
export function statusCounts({ step, scope }: PageStep): readonly (readonly [RowStatus, number])[] {
  return [
    ['Created', step.created],
    ['Updated', step.updated],
    ['Unarchived', step.unarchived],
    ['Unchanged', step.unchanged],
    ['UnchangedByDiff', scope?.unchangedByDiff ?? 0],
    ['SkippedByRule', step.skippedByRule],
    ['NotProcessed', step.notProcessed],
    ['SkippedAmbiguous', step.skippedAmbiguous],
    ['Failed', step.failed],
    ['Rejected', scope?.rejected ?? 0],
  ];
}

/** Rows that a step accounts for. */
export const rowsOf = ({ step, scope }: PageStep): number =>
  listedRows(step) + (scope?.rejected ?? 0) + (scope?.unchangedByDiff ?? 0);

/** Outcomes by step as an SVG of stacked bars; the longest bar is the step with most rows. */
export function renderChart(steps: readonly PageStep[]): string {
  const most = Math.max(1, ...steps.map(rowsOf));
  const bars = steps.map((one, index) => {
    const y = index * LINE;
    const name = one.step.name.length > 26 ? `${one.step.name.slice(0, 25)}…` : one.step.name;
    let x = LABEL;
    const parts = statusCounts(one)
      .filter(([, count]) => count > 0)
      .map(([status, count]) => {
        const width = Math.max(NARROWEST, ((WIDTH - LABEL) * count) / most);
        const part =
          `<rect class="f-${status}" x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}">` +
          `<title>${status}: ${renderCount(count)}</title></rect>`;
        x += width;
        return part;
      });
    return `<text class="axis" x="0" y="${y + BAR - 6}">${escapeHtml(name)}</text>${parts.join('')}`;
  });
  const used = new Set(
    steps.flatMap((one) =>
      statusCounts(one)
        .filter(([, count]) => count > 0)
        .map(([status]) => status),
    ),
  );
  const legend = [...used].map((status) => `<li><span class="dot b-${status}"></span>${status}</li>`);
  return (
    `<figure><svg viewBox="0 0 ${WIDTH} ${Math.max(LINE, steps.length * LINE)}" role="img" aria-label="Outcomes by step; the table below has the numbers">` +
    `${bars.join('')}</svg><figcaption><ul class="legend">${legend.join('')}</ul></figcaption></figure>`
  );
}
