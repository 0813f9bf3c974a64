import type { FaultDetail } from '../errors/app-error.ts';
import type { ConnectorModel } from '../model/connector.ts';

/** What keeps SQL from being tried: neither a sample nor declared columns; null where it can be. */
export function sampleFault({ name, type, sql, webhook, spreadsheet }: ConnectorModel): FaultDetail | null {
  if (sql?.sample !== null) return null;
  const fault = (hint: string): FaultDetail => ({
    path: 'spec.sql.sample',
    message: `connector ${name}: its SQL cannot be validated without a sample (SampleMissing)`,
    hint,
  });
  switch (type) {
    case 'Scheduler':
      return null;
    case 'Webhook':
      if (webhook.bodySchema !== null && webhook.bodySchema !== undefined) return null;
      return fault('add spec.sql.sample, or declare the body in spec.webhook.bodySchema');
    case 'Spreadsheet': {
      const isDeclared = spreadsheet.tables.length > 0 && spreadsheet.tables.every(({ columns }) => columns !== null);
      return isDeclared
        ? null
        : fault('add spec.sql.sample, or declare the columns in spec.spreadsheet.tables[].columns');
    }
  }
}
