import { writeFile } from 'node:fs/promises';
import { clickHouseTime } from '../../core/intake/click-house-time.ts';
import type { InputTable } from '../../core/model/stages.ts';

/** The input of a Scheduler: the table `schedule` with one row, the time of the slot. */
export async function writeScheduleTable(
  scheduledTime: string,
  path: { readonly absolute: string; readonly relative: string },
): Promise<InputTable> {
  const text = clickHouseTime(Date.parse(scheduledTime));
  if (text === null) throw new TypeError(`not a date-time: ${scheduledTime}`);
  await writeFile(path.absolute, `1\t${text}\n`);
  return {
    name: 'schedule',
    sourceName: 'schedule',
    page: 0,
    columns: [{ name: 'schedule_trigger_time', type: "DateTime64(3, 'UTC')" }],
    headers: ['schedule_trigger_time'],
    written: null,
    rows: 1,
    file: path.relative,
  };
}
