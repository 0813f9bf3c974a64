import type { Notifications } from '../generated/types.ts';
import { itemsOf, type Cut } from './cut.ts';
import type { FaultCollector } from './fault-collector.ts';

const PATH = ['spec', 'notifications'];

/** One @ between two parts without spaces; whether mail arrives is for the mail server to say. */
const ADDRESS = /^[^\s@,;<>]+@[^\s@,;<>]+$/;

/** Checks who is told about ended executions. */
export function checkNotifications(notifications: Cut<Notifications> | undefined, faults: FaultCollector): void {
  for (const list of ['emails', 'on'] as const) {
    const seen = new Set<string>();
    for (const [index, item] of itemsOf<string>(notifications?.[list])) {
      if (seen.has(item)) faults.fault([...PATH, list, index], `${item} is listed twice`, 'remove one');
      seen.add(item);
    }
  }
  for (const [index, address] of itemsOf(notifications?.emails)) {
    if (ADDRESS.test(address)) continue;
    faults.fault(
      [...PATH, 'emails', index],
      `${JSON.stringify(address)} is not an e-mail address`,
      'write name@example.com',
    );
  }
  const url = notifications?.executionEndedWebhook?.url;
  if (url === undefined || !/^https?:\/\//.test(url) || URL.canParse(url)) return;
  faults.fault([...PATH, 'executionEndedWebhook', 'url'], `${JSON.stringify(url)} is not a URL`, 'write https://…');
}
