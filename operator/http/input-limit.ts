import { parseQuantity } from '../../core/validate/amounts.ts';
import { DEFAULT_MAX_BYTES } from '../../core/validate/trigger.ts';
import type { ConnectorResource } from '../api/kinds.ts';
import type { ByteLimit } from './transfer-limits.ts';

/** How large an input file of a connector may be, and where that is said. */
export function inputLimit({ metadata, spec }: ConnectorResource): ByteLimit {
  const given = spec.spreadsheet?.maxBytes;
  const bytes = parseQuantity(given ?? DEFAULT_MAX_BYTES) ?? 0;
  if (spec.type !== 'Spreadsheet') return { bytes, setting: `the operator, for a connector of type ${spec.type},` };
  const setting = `spec.spreadsheet.maxBytes of connector ${metadata.name}`;
  return { bytes, setting: given === undefined ? `the default of ${setting}` : setting };
}
