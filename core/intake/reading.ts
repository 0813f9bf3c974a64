import { dosCodePageOf } from './dos-code-pages.ts';
import type { ConnectorModel, IntakeLimits, SpreadsheetModel } from '../model/connector.ts';

/** Limits where the manifest says none; the schema documents the same ones. */
export const DEFAULT_INTAKE_LIMITS: IntakeLimits = {
  columns: 10_000,
  cellBytes: 16 * 1024 ** 2,
  rowBytes: 64 * 1024 ** 2,
  sheets: 256,
  entries: 10_000,
  expandedBytes: 8 * 1024 ** 3,
  expansionRatio: 200,
};

/** Rows are gathered in memory. */
export const MOST_ROW_BYTES = 512 * 1024 ** 2;

/** How a file is read where nothing is said about it. */
export const DEFAULT_READING: SpreadsheetModel = {
  formats: ['CSV', 'TSV', 'XLSX', 'XLS', 'XLSB', 'ZIP'],
  maxBytes: 500 * 1024 ** 2,
  trim: true,
  delimiter: null,
  encoding: null,
  limits: DEFAULT_INTAKE_LIMITS,
  tables: [],
};

/** Settings of which only some are said. */
export type PartialReading = Partial<Omit<SpreadsheetModel, 'limits'>> & { readonly limits?: Partial<IntakeLimits> };

/** The settings of a connector, complete also where an older version stored them. */
export function completeReading(settings: PartialReading): SpreadsheetModel {
  return { ...DEFAULT_READING, ...settings, limits: { ...DEFAULT_INTAKE_LIMITS, ...settings.limits } };
}

/** Bytes that the input of a connector may have; null where its manifest says no limit. */
export function mostInputBytes({ type, spreadsheet }: Pick<ConnectorModel, 'type' | 'spreadsheet'>): number | null {
  return type === 'Spreadsheet' ? completeReading(spreadsheet).maxBytes : null;
}

/** Whether text can be decoded from an encoding of this label. */
export function isEncodingLabel(label: string): boolean {
  if (dosCodePageOf(label) !== null) return true;
  try {
    return new TextDecoder(label).encoding !== 'replacement';
  } catch {
    return false;
  }
}
