import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { readPhone } from '../../core/typing/phone.ts';
import { textQuery, type ScopeSource } from '../../core/typing/scope-query.ts';
import { quoteText } from '../../core/typing/sql-text.ts';
import { REGION_MISSING, type VariablePlan } from '../../core/typing/variable-plan.ts';
import { readLines } from '../artifacts/text-lines.ts';
import type { ChdbSession } from '../chdb/session.ts';
import { escapeField, unescapeField } from './tab-separated.ts';

/**
 * Reads the distinct values of a phone column and leaves their readings in a table that `joinGet` asks. Texts go through
 * files, so that neither side holds them all as objects. Returns the name of the table.
 */
export async function buildPhoneTable(
  session: ChdbSession,
  source: ScopeSource,
  plan: VariablePlan,
  directory: string,
  name: string,
): Promise<string> {
  const texts = join(directory, `${name}-texts.tsv`);
  const readings = join(directory, `${name}-readings.tsv`);
  const region = plan.variable.phoneRegion ?? source.options.phoneRegion;
  session.execute(
    `INSERT INTO FUNCTION file(${quoteText(texts)}, 'TabSeparated', 's String') SELECT DISTINCT s FROM (${textQuery(source, plan)})`,
  );
  const output = createWriteStream(readings);
  for await (const line of readLines(createReadStream(texts))) {
    const reading = readPhone(unescapeField(line) ?? '', region);
    if (reading.kind === 'Invalid') continue;
    const text = reading.kind === 'Valid' ? reading.e164 : REGION_MISSING;
    if (!output.write(`${line}\t${escapeField(text)}\n`)) await once(output, 'drain');
  }
  output.end();
  await finished(output);
  const table = `scopes.${name}`;
  session.execute(`CREATE TABLE ${table} (s String, reading String) ENGINE = Join(ANY, LEFT, s)`);
  session.execute(
    `INSERT INTO ${table} SELECT * FROM file(${quoteText(readings)}, 'TabSeparated', 's String, reading String')`,
  );
  await rm(texts, { force: true });
  await rm(readings);
  return table;
}
