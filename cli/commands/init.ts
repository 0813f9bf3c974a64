import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { invalid, messageOf } from '../../core/errors/app-error.ts';
import { planInit, type InitPlan } from '../../core/init/plan.ts';
import { renderManifests, type ManifestText } from '../../core/init/render-manifests.ts';
import { parseManifests } from '../../core/manifest/parse-manifests.ts';
import { renderRows } from '../../core/report/text.ts';
import { resolveConnectors } from '../../core/validate/resolve-connectors.ts';
import { validateConnector } from '../../runner/stages/validate-connector.ts';
import type { InspectedFile } from '../../runner/inspect/inspect-file.ts';
import { EXIT } from '../exit-status.ts';
import { parsePhoneRegion, parseReading, type ReadingOptions } from '../reading-options.ts';
import { inspectWithProgress } from './inspect.ts';
import type { CommandContext } from '../command-context.ts';

export interface InitOptions extends ReadingOptions {
  /** Where the manifests go; a directory of the connector's name unless said. */
  readonly directory?: string;
  /** Of the connector, and of the object where there is one table. */
  readonly name?: string;
  /** Writes over files that are there. */
  readonly force?: boolean;
}

/**
 * `smartconnector init FILE`: manifests of an object, a connector and a sample for files like this one, validated as
 * `validate` does. Exit status 0; 2 where the file cannot be read or files are in the way; 130.
 */
export async function initCommand(context: CommandContext, file: string, options: InitOptions): Promise<number> {
  const { config, terminal } = context;
  const inspected = await inspectWithProgress(context, file, options);
  if (inspected === null) return EXIT.cancelled;
  const plan = planInit(inspected, options.name ?? null);
  if (plan === null) {
    throw invalid(
      `${inspected.file}: no column has a name that a manifest can hold (at most 128 characters)`,
      [],
      'NothingToLoad',
    );
  }
  const manifests = renderManifests(plan, {
    file: inspected.file,
    namespace: config.namespace,
    phoneRegion: parsePhoneRegion(options),
    reading: parseReading(options),
    sample: inspected.samples[inspected.tables.findIndex(({ name }) => name === plan.tables[0]?.table.name)] ?? [],
  });
  const directory = resolve(options.directory ?? plan.connector);
  terminal.progress(`validating connector ${plan.connector} …`);
  await validate(context, manifests, directory);
  terminal.progress('');
  const files = await writeAll(manifests, directory, options.force === true);
  const next = nextCommands(plan, options.directory ?? plan.connector, file);
  if (config.output === 'json') {
    const objects = plan.tables.map(({ object }) => object);
    terminal.out(JSON.stringify({ connector: plan.connector, objects, files, next }));
  } else terminal.out(renderInit(plan, inspected, files, next));
  return EXIT.succeeded;
}

/** The product's own validation, before anything is written: static checks, then the SQL on the sample. */
async function validate(
  { config, now, signal }: CommandContext,
  manifests: readonly ManifestText[],
  directory: string,
): Promise<void> {
  const parsed = manifests.map(({ name, text }) => parseManifests(text, join(directory, name)));
  const resolved = resolveConnectors(parsed.flatMap((one) => one.manifests));
  const faults = [...parsed.flatMap((one) => one.faults), ...resolved.faults];
  for (const connector of faults.length > 0 ? [] : resolved.connectors) {
    faults.push(...(await validateConnector(connector, now().toISOString(), signal, config.secretsDirectory)).faults);
  }
  if (faults.length === 0) return;
  throw invalid('the manifests for this file would not be valid; nothing was written', faults);
}

async function writeAll(manifests: readonly ManifestText[], directory: string, force: boolean): Promise<string[]> {
  const files = manifests.map(({ name }) => join(directory, name));
  const taken: string[] = [];
  for (const path of files) if ((await stat(path).catch(() => null)) !== null) taken.push(path);
  if (taken.length > 0 && !force) {
    const details = taken.map((path) => ({ file: path, message: 'is there already' }));
    throw invalid(
      'nothing was written: --force writes over these files, --directory names another place',
      details,
      'FileExists',
    );
  }
  try {
    await mkdir(directory, { recursive: true });
    for (const { name, text } of manifests) {
      await writeFile(join(directory, name), text, { flag: force ? 'w' : 'wx' });
    }
  } catch (error) {
    throw invalid(`${directory}: cannot be written: ${messageOf(error)}`);
  }
  return files;
}

function nextCommands({ connector }: InitPlan, directory: string, file: string): string[] {
  const folder = quoted(directory);
  const run = `smartconnector run ${folder} --connector ${connector} --input ${quoted(file)}`;
  return [`smartconnector validate ${folder}`, `${run} --dry-run`, run];
}

/** For a shell. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function renderInit(
  plan: InitPlan,
  inspected: InspectedFile,
  files: readonly string[],
  next: readonly string[],
): string {
  const tables = plan.tables.map(({ table, object, columns, keys, keyNote }) => {
    const mind = keyNote === null ? '' : `\n    mind: ${keyNote}`;
    return `  ${table.name}: ${renderRows(table.rows)}, ${columns.length} columns; object ${object}, known by ${keys.map(({ name }) => name).join(' and ')}${mind}`;
  });
  const left = plan.tablesLeftOut.map((name) => `  ${name}: left out`);
  return [
    `${inspected.file} → connector ${plan.connector}`,
    ...tables,
    ...left,
    ...inspected.warnings.map(({ message }) => `  warning: ${message}`),
    'wrote',
    ...files.map((path) => `  ${path}`),
    'The types and the key are guesses: the comments say which ones to look at. Then',
    ...next.map((command) => `  ${command}`),
  ].join('\n');
}
