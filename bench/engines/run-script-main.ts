import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { withClient } from '../server.ts';
import type { ScriptStep } from './load-script.ts';

/** `run-script-main.ts SCRIPT URL FILE`: a hand-written load without psql, one statement after the other. */
const [script = '', url = '', file = ''] = process.argv.slice(2);
const steps = JSON.parse(await readFile(script, 'utf8')) as readonly ScriptStep[];

await withClient(url, async (client) => {
  await client.query("SET TimeZone = 'UTC'");
  for (const step of steps) {
    if (step.kind === 'Statement') await client.query(step.text);
    else {
      const target = client.query(copyFrom(`COPY ${step.target} FROM STDIN WITH (FORMAT csv, HEADER true)`));
      await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), target);
    }
  }
});
