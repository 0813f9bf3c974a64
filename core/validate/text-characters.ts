import type { FieldPath } from '../manifest/field-path.ts';
import { isJsonObject, type JsonValue } from '../manifest/manifest.ts';
import type { FaultCollector } from './fault-collector.ts';

/** Reports texts that no database takes: with a NUL character, or with half of a surrogate pair. */
export function checkTexts(faults: FaultCollector): void {
  walk(faults.manifest.value, [], faults);
}

function walk(value: JsonValue, path: FieldPath, faults: FaultCollector): void {
  if (typeof value === 'string') checkText(value, path, faults);
  else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly JsonValue[]).entries()) walk(item, [...path, index], faults);
  } else if (isJsonObject(value)) {
    for (const [key, child] of Object.entries(value)) {
      checkText(key, [...path, key], faults);
      walk(child, [...path, key], faults);
    }
  }
}

function checkText(text: string, path: FieldPath, faults: FaultCollector): void {
  if (text.includes('\0')) faults.fault(path, 'the text holds a NUL character', 'remove it');
  if (!text.isWellFormed()) faults.fault(path, 'the text holds half of a surrogate pair', 'write the whole character');
}
