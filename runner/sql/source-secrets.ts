import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf, type FaultDetail } from '../../core/errors/app-error.ts';
import { isJsonObject } from '../../core/manifest/manifest.ts';
import type { ConnectorModel, ExternalSourceModel } from '../../core/model/connector.ts';
import { checkSourceSecret, type SourceSecret } from '../../core/sql/external-source.ts';

/** The Secret of each source, by the name of the source. */
export type SourceSecrets = Readonly<Record<string, SourceSecret>>;

/** Far above any Secret that Kubernetes would take. */
const LARGEST_VALUE_BYTES = 1024 ** 2;

/**
 * Reads the Secrets of a connector's external sources from a folder as Kubernetes mounts them: one folder for each Secret,
 * in it one file for each key. With `secretRef.key` the file of that key holds all of them, as a JSON object of texts.
 *
 * @throws AppError `SecretMissing` with every fault; no message repeats a value
 */
export async function readSourceSecrets(
  connector: Pick<ConnectorModel, 'name' | 'externalSources'>,
  directory: string,
): Promise<SourceSecrets> {
  const details: FaultDetail[] = [];
  const secrets: Record<string, SourceSecret> = {};
  for (const [index, source] of connector.externalSources.entries()) {
    const folder = join(directory, source.secret);
    const path = `spec.externalSources[${index}].secretRef`;
    try {
      const secret = await readSecret(source, folder);
      details.push(
        ...checkSourceSecret(source.kind, secret).map((fault) => ({ path, message: `Secret ${folder}: ${fault}` })),
      );
      secrets[source.name] = secret;
    } catch (error) {
      const hint = `make a folder ${source.secret} with one file for each key, and name the folder above it with --secrets`;
      details.push({ path, message: `the Secret ${source.secret} cannot be read: ${messageOf(error)}`, hint });
    }
  }
  if (details.length === 0) return secrets;
  const message = `connector ${connector.name}: ${details.map((detail) => detail.message).join('; ')}`;
  throw new AppError({ code: 'SecretMissing', class: 'terminal', message, details });
}

async function readSecret(source: ExternalSourceModel, folder: string): Promise<SourceSecret> {
  if (source.secretKey !== null) return parseSecret(await readValue(join(folder, source.secretKey)));
  const secret: Record<string, string> = {};
  for (const key of (await readdir(folder)).filter((name) => !name.startsWith('.')).sort()) {
    secret[key] = await readValue(join(folder, key));
  }
  return secret;
}

/** A text without the newline that an editor leaves at its end. */
async function readValue(path: string): Promise<string> {
  // Kubernetes mounts links: what counts is what they lead to.
  const found = await stat(path);
  if (!found.isFile()) throw new Error(`${path} is not a regular file`);
  if (found.size > LARGEST_VALUE_BYTES) {
    throw new Error(`${path} has ${found.size} bytes, more than ${LARGEST_VALUE_BYTES}`);
  }
  return (await readFile(path, 'utf8')).replace(/\r?\n$/u, '');
}

function parseSecret(text: string): SourceSecret {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // The message of the parser repeats a piece of the text.
  }
  if (!isJsonObject(value)) throw new Error('its key does not hold a JSON object');
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, typeof one === 'number' ? String(one) : textOf(key, one)]),
  );
}

function textOf(key: string, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`its ${key} is not a text`);
  return value;
}
