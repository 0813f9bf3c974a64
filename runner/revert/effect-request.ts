import { WRITTEN_STATUSES } from '../../core/revert/net-effect.ts';

/** What one revert asks of ClickHouse: the outcomes of an execution that wrote a record, by object and record. */
export interface EffectRequest {
  readonly sources: readonly {
    /** NDJSON, gzip members one after another. */
    readonly path: string;
    /** The place of the step in the execution: later steps wrote later. */
    readonly step: number;
    /** The place of the object in the revert. */
    readonly object: number;
  }[];
  /** Where the outcomes of each object go, in the order of records and, within one, of writing; NDJSON, Zstandard. */
  readonly outputs: readonly { readonly object: number; readonly path: string }[];
}

const quoteText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** The statements that sort. The table is sorted on disk, so that memory stays flat whatever the number of rows. */
export function renderEffectSort({ sources, outputs }: EffectRequest): string[] {
  return [
    'CREATE DATABASE revert',
    'CREATE TABLE revert.written (object UInt8, record String, step UInt8, row UInt32, line String) ENGINE = MergeTree ORDER BY (object, record, step, row)',
    ...sources.map(
      ({ path, step, object }) =>
        `INSERT INTO revert.written
         SELECT ${object}, assumeNotNull(o.record), ${step}, o.row, line FROM (
           SELECT line, JSONExtract(line, 'Tuple(row UInt32, status LowCardinality(String), record Nullable(String))') AS o
           FROM file(${quoteText(path)}, 'LineAsString', 'line String', 'gzip')
         ) WHERE o.status IN (${WRITTEN_STATUSES.map(quoteText).join(', ')}) AND o.record IS NOT NULL`,
    ),
    ...outputs.map(
      ({ path, object }) =>
        `INSERT INTO FUNCTION file(${quoteText(path)}, 'TabSeparatedRaw', 'line String', 'zstd')
         SELECT line FROM revert.written WHERE object = ${object} ORDER BY object, record, step, row`,
    ),
  ];
}
