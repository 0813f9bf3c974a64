import type { Webhook } from '../generated/types.ts';
import { isJsonSchema } from '../generated/validators.js';
import { formatPath } from '../manifest/field-path.ts';
import { isJsonObject, type JsonObject } from '../manifest/manifest.ts';
import type { Cut } from './cut.ts';
import type { FaultCollector } from './fault-collector.ts';
import { pathOf } from './schema-faults.ts';

const PATH = ['spec', 'webhook', 'bodySchema'];
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** Checks that the schema of a webhook's body is one, where it is of the draft that is the default. */
export function checkBodySchema(bodySchema: Cut<Webhook>['bodySchema'], faults: FaultCollector): void {
  if (!isJsonObject(bodySchema) || !isOfDefaultDraft(bodySchema) || isJsonSchema(bodySchema)) return;
  const reported = new Set<string>();
  for (const error of isJsonSchema.errors ?? []) {
    const path = pathOf(error, bodySchema);
    const place = formatPath(path);
    // Every alternative that failed names the same place.
    if (reported.has(place)) continue;
    reported.add(place);
    faults.fault([...PATH, ...path], `${place} is not JSON Schema`, 'correct it after json-schema.org (2020-12)');
  }
}

function isOfDefaultDraft(schema: JsonObject): boolean {
  return schema['$schema'] === undefined || schema['$schema'] === DRAFT;
}
