import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 100;
const LONGEST_MS = 600_000;

/** The sum over all samples of a metric whose labels contain the text. */
export function sumMetric(text: string, name: string, label: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/**
 * Asks an operator until each controller has looked at as many objects as it has, and nothing waits in its queue.
 *
 * @param expected by the name of the controller
 */
export async function awaitReconciled(url: string, expected: Readonly<Record<string, number>>): Promise<void> {
  const deadline = Date.now() + LONGEST_MS;
  for (;;) {
    const text = await fetch(`${url}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
    const isDone = Object.entries(expected).every(([controller, count]) => {
      const label = `controller="${controller}"`;
      const done = sumMetric(text, 'controller_runtime_reconcile_total', label);
      return done >= count && sumMetric(text, 'workqueue_depth', `name="${controller}"`) === 0;
    });
    if (isDone) return;
    if (Date.now() > deadline) throw new Error(`the operator did not look at all objects in ${LONGEST_MS / 1000} s`);
    await delay(EVERY_MS);
  }
}
