import type { SmartConnectorSpec } from '../generated/types.ts';
import { canonicalJson } from '../manifest/canonical-json.ts';
import type { ConnectorModel } from '../model/connector.ts';
import type { ObjectModel } from '../model/object.ts';

/** The digest of a text, as hexadecimal digits. */
export type Hash = (text: string) => string;

/** The texts that the SQL takes from elsewhere; null where there is none, or it is missing. */
export interface ReferredTexts {
  readonly script: string | null;
  readonly sample: string | null;
}

/**
 * One hash for all that the author wrote and validation tries: the SQL wherever it lives, variables, load steps, reference
 * data. Names, schedules, limits on queues and who is told of an end are not part of it.
 */
export function scriptHash(spec: SmartConnectorSpec, texts: ReferredTexts, hash: Hash): string {
  const { spreadsheet, sql } = spec;
  return hash(
    canonicalJson({
      type: spec.type,
      timeZone: spec.timeZone,
      phoneRegion: spec.phoneRegion,
      spreadsheet: spreadsheet && {
        formats: spreadsheet.formats,
        trim: spreadsheet.trim,
        delimiter: spreadsheet.delimiter,
        tables: spreadsheet.tables,
      },
      bodySchema: spec.webhook?.bodySchema,
      sql: sql && {
        parameters: sql.parameters,
        settings: sql.settings,
        limits: sql.limits,
        sampleName: sql.sample?.configMapKeyRef.key,
        script: texts.script,
        sample: texts.sample,
      },
      referenceData: spec.referenceData,
      externalSources: spec.externalSources,
      executionVariables: spec.executionVariables,
      additionalVariables: spec.additionalVariables,
      loadSteps: spec.loadSteps,
    }),
  );
}

/** One hash for what a validation stands on besides: the engine, and the objects that the connector refers to. */
export function environmentHash(connector: ConnectorModel, engine: string, hash: Hash): string {
  const objects = [...referredObjects(connector).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return hash(canonicalJson({ engine, objects }));
}

function referredObjects(connector: ConnectorModel): ReadonlyMap<string, ObjectModel> {
  const ofSteps = connector.steps.flatMap(({ object, mappings }) => [
    object,
    ...mappings.flatMap(({ source }) => (source.kind === 'Lookup' ? [source.object] : [])),
  ]);
  const ofReferences = connector.referenceData.map(({ object }) => object);
  return new Map([...ofSteps, ...ofReferences].map((object) => [object.name, object]));
}
