import type { SmartConnectorSpec, Spreadsheet, Webhook } from '../generated/types.ts';
import type { FieldPath } from '../manifest/field-path.ts';
import type { IntakeLimits, SpreadsheetModel } from '../model/connector.ts';
import { cleanHeader } from '../intake/clean-name.ts';
import { DEFAULT_INTAKE_LIMITS, DEFAULT_READING, isEncodingLabel, MOST_ROW_BYTES } from '../intake/reading.ts';
import { isPhoneRegion } from '../typing/phone.ts';
import { parseDuration, parseQuantity } from './amounts.ts';
import { checkBodySchema } from './body-schema.ts';
import { itemsOf, type Cut } from './cut.ts';
import type { FaultCollector } from './fault-collector.ts';
import { scheduleFault, timeZoneFault } from './schedule.ts';

/** Of an input file, where `spec.spreadsheet.maxBytes` is not given. */
export const DEFAULT_MAX_BYTES = '500Mi';

/** Checks what starts an execution: the block that fits the type, the schedule, the zone. */
export function checkTrigger(spec: Cut<SmartConnectorSpec>, faults: FaultCollector): void {
  checkBlocks(spec, faults);
  const zone = spec.timeZone === undefined || spec.timeZone === '' ? null : timeZoneFault(spec.timeZone);
  if (zone !== null) faults.fault(['spec', 'timeZone'], zone.message, zone.hint);
  checkPhoneRegion(spec.phoneRegion, ['spec', 'phoneRegion'], faults);
  const { scheduler } = spec;
  const schedule = scheduler?.schedule === undefined ? null : scheduleFault(scheduler.schedule);
  if (schedule !== null) faults.fault(['spec', 'scheduler', 'schedule'], schedule.message, schedule.hint);
  checkDuration(scheduler?.startingDeadline, ['spec', 'scheduler', 'startingDeadline'], faults);
  if (spec.webhook !== undefined) checkWebhook(spec.webhook, faults);
}

function checkBlocks(spec: Cut<SmartConnectorSpec>, faults: FaultCollector): void {
  const { type } = spec;
  if (type === undefined) return;
  const blocks = { Spreadsheet: 'spreadsheet', Webhook: 'webhook', Scheduler: 'scheduler' } as const;
  for (const [owner, block] of Object.entries(blocks)) {
    if (owner === type || !(block in spec)) continue;
    const message = `${block} belongs to connectors of type ${owner}, and this one is a ${type}`;
    faults.fault(['spec', block], message, `remove it, or write type: ${owner}`);
  }
  if (type === 'Scheduler' && !('scheduler' in spec)) {
    const hint = 'add scheduler: {schedule: "*/15 * * * *"}';
    faults.fault(['spec', 'scheduler'], 'a connector of type Scheduler needs the scheduler block', hint);
  }
  if (type === 'Webhook' && spec.webhook?.authentication === undefined) {
    const hint = 'add webhook: {authentication: {type: StandardWebhooks, secretRef: {name: …}}}';
    faults.warn(['spec', 'webhook', 'authentication'], 'without authentication the cluster refuses every event', hint);
  }
  if (type !== 'Spreadsheet' && !('sql' in spec)) {
    faults.fault(
      ['spec', 'sql'],
      `a connector of type ${type} needs sql`,
      'add sql: {script: …} or sql: {scriptFrom: …}',
    );
  }
}

/** Reports a region of which no phone numbers are known. */
export function checkPhoneRegion(region: string | undefined, path: FieldPath, faults: FaultCollector): void {
  if (region === undefined || !/^[A-Z]{2}$/.test(region) || isPhoneRegion(region)) return;
  faults.fault(path, `no phone numbers are known for a region ${region}`, 'write an ISO 3166-1 code such as US');
}

function checkWebhook(webhook: Cut<Webhook>, faults: FaultCollector): void {
  const path = ['spec', 'webhook'];
  const { authentication, batch } = webhook;
  const { type } = authentication ?? {};
  if (type !== undefined && type !== 'None' && authentication?.secretRef === undefined) {
    faults.fault([...path, 'authentication', 'secretRef'], `${type} needs secretRef`, 'name the Secret with the key');
  }
  checkBodySchema(webhook.bodySchema, faults);
  checkDuration(batch?.maxWait, [...path, 'batch', 'maxWait'], faults);
  positiveBytes(batch?.maxBytes, [...path, 'batch', 'maxBytes'], faults);
}

/** Checks the spreadsheet block and fills in its defaults; connectors without the block get all of them. */
export function buildSpreadsheet(block: Cut<Spreadsheet> | undefined, faults: FaultCollector): SpreadsheetModel {
  const path = ['spec', 'spreadsheet'];
  const formats = itemsOf(block?.formats);
  for (const [index, format] of formats) {
    if (formats.some(([other, same]) => same === format && other < index)) {
      faults.fault([...path, 'formats', index], `${format} is listed twice`, 'remove one');
    }
  }
  if (block?.delimiter !== undefined && /["\r\n]/.test(block.delimiter)) {
    const message = 'a quote or a line break cannot be the delimiter';
    faults.fault([...path, 'delimiter'], message, 'write the character between two cells');
  }
  if (block?.encoding !== undefined && block.encoding !== '' && !isEncodingLabel(block.encoding)) {
    const message = `${JSON.stringify(block.encoding)} is no encoding that can be read`;
    faults.fault([...path, 'encoding'], message, 'write for example UTF-8, Windows-1252, Windows-1250 or Shift_JIS');
  }
  return {
    formats: formats.length === 0 ? DEFAULT_READING.formats : formats.map(([, format]) => format),
    maxBytes: positiveBytes(block?.maxBytes ?? DEFAULT_MAX_BYTES, [...path, 'maxBytes'], faults),
    trim: block?.trim ?? true,
    delimiter: block?.delimiter ?? null,
    encoding: block?.encoding ?? null,
    limits: buildLimits(block?.limits, [...path, 'limits'], faults),
    tables: buildTables(block?.tables, [...path, 'tables'], faults),
  };
}

function buildLimits(block: Cut<Spreadsheet>['limits'], path: FieldPath, faults: FaultCollector): IntakeLimits {
  const bytes = (name: 'cellBytes' | 'rowBytes' | 'expandedBytes'): number => {
    const given = block?.[name];
    return given === undefined ? DEFAULT_INTAKE_LIMITS[name] : positiveBytes(given, [...path, name], faults);
  };
  const count = (name: 'columns' | 'sheets' | 'entries' | 'expansionRatio'): number =>
    block?.[name] ?? DEFAULT_INTAKE_LIMITS[name];
  const rowBytes = bytes('rowBytes');
  if (rowBytes > MOST_ROW_BYTES && rowBytes < Number.POSITIVE_INFINITY) {
    faults.fault([...path, 'rowBytes'], 'rows are gathered in memory, and at most 512Mi of one', 'write 512Mi or less');
  }
  return {
    columns: count('columns'),
    cellBytes: bytes('cellBytes'),
    rowBytes,
    sheets: count('sheets'),
    entries: count('entries'),
    expandedBytes: bytes('expandedBytes'),
    expansionRatio: count('expansionRatio'),
  };
}

function buildTables(
  list: Cut<Spreadsheet>['tables'],
  path: FieldPath,
  faults: FaultCollector,
): SpreadsheetModel['tables'] {
  const names = new Set<string>();
  return itemsOf(list).flatMap(([index, table]) => {
    const columns = new Set<string>();
    for (const [position, column] of itemsOf(table.columns)) {
      if (columns.has(column)) {
        faults.fault([...path, index, 'columns', position], `the column ${column} is listed twice`, 'remove one');
      }
      checkHeader(column, [...path, index, 'columns', position], faults);
      columns.add(column);
    }
    if (table.name === undefined) return [];
    const at = [...path, index, 'name'];
    if (names.has(table.name)) faults.fault(at, `the table ${table.name} is listed twice`, 'rename one');
    if (/^page_idx_\d+$/.test(table.name)) {
      faults.fault(at, `${table.name} is the name that every table has by its position`, 'choose another name');
    }
    names.add(table.name);
    return [{ name: table.name, columns: columns.size === 0 ? null : [...columns] }];
  });
}

/** Reports a name that no column of an input file can have, because headers are cleaned. */
export function checkHeader(column: string, path: FieldPath, faults: FaultCollector): void {
  const cleaned = cleanHeader(column);
  if (cleaned === column && column !== '') return;
  const hint = cleaned === '' ? 'write the name of a column' : `write ${cleaned}`;
  faults.fault(path, `${JSON.stringify(column)} is not the name of a column: headers are cleaned`, hint);
}

/** Bytes of a quantity, 0 after reporting that it is not one. */
export function positiveBytes(text: string | undefined, path: FieldPath, faults: FaultCollector): number {
  if (text === undefined) return 0;
  const bytes = parseQuantity(text);
  // What is not a quantity at all breaks the schema, which has been reported.
  if (bytes === 0) faults.fault(path, `${text} leaves no room for anything`, 'write more than 0, for example 500Mi');
  if (bytes === Number.POSITIVE_INFINITY)
    faults.fault(path, `${text} is more than any machine has`, 'write for example 500Mi');
  return bytes ?? 0;
}

/** Reports a duration that is nothing, or longer than can be counted. */
export function checkDuration(text: string | undefined, path: FieldPath, faults: FaultCollector): void {
  if (text === undefined) return;
  const ms = parseDuration(text);
  if (ms === 0) faults.fault(path, `${text} is no time at all`, 'write more than 0, for example 60s');
  if (ms === Number.POSITIVE_INFINITY)
    faults.fault(path, `${text} is longer than can be counted`, 'write for example 60s');
}
