import type { ColumnType } from '../model/object.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TIME = /^T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** How a value must be written to be one of the column's type; null if it is. */
export function parseFault(columnType: ColumnType, value: string): string | null {
  switch (columnType) {
    case 'numeric':
      return /^-?[0-9]+(\.[0-9]+)?$/.test(value) ? null : 'write a number such as 12.50';
    case 'boolean':
      return value === 'true' || value === 'false' ? null : 'write true or false';
    case 'date':
      return isDate(value) ? null : 'write a date such as 2026-01-31';
    case 'timestamptz': {
      const isValid = isDate(value.slice(0, 10)) && (value.length === 10 || TIME.test(value.slice(10)));
      return isValid ? null : 'write a date-time such as 2026-01-31T23:59:59Z';
    }
    case 'uuid':
    case 'uuid[]':
      return UUID.test(value) ? null : 'write a record id such as 0198c5a2-7b1e-7000-8000-000000000000';
    case 'text':
    case 'text[]':
      return null;
  }
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const days = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return year > 0 && days !== undefined && day >= 1 && day <= days;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
