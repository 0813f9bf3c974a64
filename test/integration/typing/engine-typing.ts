import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { VariableModel, VariableType } from '../../../core/model/connector.ts';
import { chooseFormat } from '../../../core/typing/detect.ts';
import {
  formatQuery,
  settledQuery,
  typedColumns,
  typedQuery,
  TYPING_SETTINGS,
} from '../../../core/typing/scope-query.ts';
import { quoteText } from '../../../core/typing/sql-text.ts';
import { planVariable } from '../../../core/typing/variable-plan.ts';
import { ChdbSession } from '../../../runner/chdb/session.ts';

/** What the engine made of a column. */
export interface EngineReading {
  readonly format: string | null;
  readonly ambiguous: number;
  /** Canonical, null for blank; the JSON of a list. */
  readonly values: readonly (string | null)[];
  readonly failed: readonly number[];
  readonly problems: readonly (readonly { code: string; message: string }[])[];
  readonly hashes: readonly string[];
  readonly rejected: readonly boolean[];
}

export interface EngineOptions {
  readonly variable?: Partial<VariableModel>;
  readonly timeZone?: string;
  readonly trim?: boolean;
  /** A SELECT with the column `c` instead of texts. */
  readonly query?: string;
}

/** Types columns in the real engine, without the process around it. */
export class EngineTyping {
  readonly #directory = mkdtempSync(join(tmpdir(), 'typing-'));
  readonly #session = new ChdbSession(join(this.#directory, 'data'));

  constructor() {
    const settings = { ...TYPING_SETTINGS, max_threads: '1', join_use_nulls: '0' };
    for (const [name, value] of Object.entries(settings)) this.#session.execute(`SET ${name} = ${quoteText(value)}`);
  }

  read(type: VariableType, texts: readonly (string | null)[], options: EngineOptions = {}): EngineReading {
    const list = texts.map((text) => (text === null ? 'NULL' : quoteText(text))).join(', ');
    const query = options.query ?? `SELECT arrayJoin(CAST([${list}], 'Array(Nullable(String))')) AS c`;
    const [column = {}] = this.#session.rows(`DESCRIBE (${query})`);
    const variable: VariableModel = { ...BASE, type, ...options.variable };
    const typing = { timeZone: options.timeZone ?? 'UTC', phoneRegion: null, trim: options.trim ?? true };
    const plan = planVariable(variable, 0, { name: 'c', type: String(column['type']) }, typing);
    const source = { query, plans: [plan], options: typing, inputRow: null, literals: '[]' };
    let { format } = plan;
    let ambiguous = 0;
    if (plan.detect) {
      const [row = {}] = this.#session.rows(formatQuery(source, plan));
      ({ format, ambiguous } = chooseFormat(type, row as Record<string, number>));
      const [{ v0_open: open } = {}] = this.#session.rows(settledQuery(source, [plan]));
      // Where the short way says that there is nothing to find out, the long way must find the same.
      if (open === 0) expect({ format, ambiguous }).toEqual(chooseFormat(type, {}));
    }
    const { failed } = typedColumns([plan]);
    const failedColumn = failed.get(0) ?? '0';
    const rows = this.#session.rows(
      `SELECT nullIf(v0_value, '') AS value, ${failedColumn} AS failed, problems, lower(hex(hash)) AS hash, rejected ` +
        `FROM (${typedQuery(source, [{ format, phoneTable: null }])})`,
    );
    return {
      format,
      ambiguous,
      values: rows.map((row) => row['value'] as string | null),
      failed: rows.map((row) => Number(row['failed'])),
      problems: rows.map((row) => JSON.parse(String(row['problems']) || '[]') as { code: string; message: string }[]),
      hashes: rows.map((row) => String(row['hash'])),
      rejected: rows.map((row) => row['rejected'] === 1),
    };
  }

  close(): void {
    this.#session.close();
    rmSync(this.#directory, { recursive: true });
  }
}

const BASE: VariableModel = {
  name: 'x',
  type: 'String',
  column: 'c',
  required: false,
  arrayDelimiter: null,
  inputFormat: null,
  outputFormat: null,
  phoneRegion: null,
  path: 'spec.executionVariables[0]',
};
