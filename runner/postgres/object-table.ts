import { createHash } from 'node:crypto';

import type { FieldModel, ObjectModel } from '../../core/model/object.ts';
import { MAX_IDENTIFIER_BYTES, quoteQualified } from './sql.ts';

/** Options that runs added: (object, field, label, created_at, execution_id). Objects cannot have this name. */
export const OPTIONS_TABLE = '__options';

const HASH_CHARACTERS = 12;

/** The schema of a namespace's records, `kz_<namespace>`, not quoted. */
export function schemaName(namespace: string): string {
  return fittingName(`kz_${namespace}`);
}

/** The table of an object's records, not quoted: its name, shortened where PostgreSQL could not hold it. */
export function tableName(object: string): string {
  return fittingName(object);
}

/** The table of an object's records, quoted, with its schema. */
export function quotedTable(namespace: string, object: string): string {
  return quoteQualified(schemaName(namespace), tableName(object));
}

/** The table of added options, quoted, with its schema. */
export function quotedOptionsTable(namespace: string): string {
  return quoteQualified(schemaName(namespace), OPTIONS_TABLE);
}

/** What the index of a field is for. */
export type IndexPurpose = 'match' | 'references';

/** The name of the index of a field, not quoted. The same for the same object and field on every machine. */
export function indexName(object: ObjectModel, field: FieldModel, purpose: IndexPurpose): string {
  return fittingName(`${tableName(object.name)}_${field.name}_${purpose}`, `${object.name}\0${field.name}\0${purpose}`);
}

/**
 * A name of at most 63 bytes. Longer ones keep their beginning and get a hash of the whole, so that two never become
 * one. With `identity` the hash is always there, for names joined of parts.
 */
function fittingName(name: string, identity?: string): string {
  if (identity === undefined && Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES) {
    return name;
  }
  const hash = createHash('sha256')
    .update(identity ?? name)
    .digest('hex')
    .slice(0, HASH_CHARACTERS);
  return `${cutToBytes(name, MAX_IDENTIFIER_BYTES - HASH_CHARACTERS - 1)}_${hash}`;
}

function cutToBytes(text: string, bytes: number): string {
  let cut = '';
  let length = 0;
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) {
      break;
    }
    cut += character;
  }
  return cut;
}
