import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { checkAst, checkTokens } from '../../../core/sql/fence.ts';
import type { NamedCollection } from '../../../core/sql/fence.ts';
import { splitStatements } from '../../../core/sql/statements.ts';
import type { Statement } from '../../../core/sql/statements.ts';
import type { FaultDetail } from '../../../core/errors/app-error.ts';

const SETUP = [
  ...['input', 'output', 'connector', 'kizen', 'meta'].map((name) => `CREATE DATABASE ${name}`),
  `CREATE TABLE input.people ENGINE = Memory AS SELECT * FROM values(
     '_row UInt64, name String, city Nullable(String), price Nullable(Float64), tags String, doc String',
     (1, 'Ada', 'Rome', 10, 'a,b', '{"a": {"b": "x"}, "n": 1, "list": [1, 2]}'),
     (2, 'Bob', NULL, NULL, '', '{}'), (3, 'Eve', 'Rome', 3, 'c', '{"n": 2}'))`,
  `CREATE TABLE input.orders ENGINE = Memory AS SELECT 1::UInt64 AS _row, 'Ada' AS person, 5 AS total`,
  `CREATE TABLE input.names ENGINE = Memory AS SELECT 'Ada' AS name`,
  `CREATE TABLE kizen.product ENGINE = Memory AS SELECT 'a' AS sku, false AS discontinued`,
  `CREATE TABLE meta.parameters ENGINE = Memory AS SELECT 'x' AS name, 'y' AS value`,
  `DROP DATABASE default`,
  `USE connector`,
  `SET mutations_sync = 1`,
];

/** A real engine with the databases that a script sees. */
export class FencedEngine {
  readonly #directory = mkdtempSync(join(tmpdir(), 'sql-fence-'));
  readonly #session = new Session(join(this.#directory, 'data'));

  constructor() {
    for (const statement of SETUP) this.#session.query(statement);
  }

  run(sql: string): string {
    return this.#session.query(sql, 'TabSeparated');
  }

  explain(statement: Statement): string {
    return this.#session.query(`EXPLAIN AST ${statement.text}`, 'TSVRaw');
  }

  close(): void {
    this.#session.cleanup();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export interface Verdict {
  readonly text: string;
  readonly faults: readonly FaultDetail[];
  /** What the engine's parser said, where it could not read the statement. */
  readonly syntaxError: string | null;
}

/** What the fence says to every statement of a script; statements that pass are not run. */
export function judge(engine: FencedEngine, script: string, namedCollections: readonly NamedCollection[]): Verdict[] {
  const { statements, faults } = splitStatements(script);
  if (faults.length > 0) return [{ text: script, faults, syntaxError: null }];
  return statements.map((statement) => {
    const lexical = checkTokens(statement);
    if (lexical.length > 0) return { text: statement.text, faults: lexical, syntaxError: null };
    let explained: string;
    try {
      explained = engine.explain(statement);
    } catch (error) {
      return { text: statement.text, faults: [], syntaxError: String(error) };
    }
    return { text: statement.text, faults: checkAst(statement, explained, { namedCollections }), syntaxError: null };
  });
}
