import type { ConnectorModel, StepModel, VariableModel } from '../model/connector.ts';
import type { ObjectModel } from '../model/object.ts';

const variable = (name: string, type: VariableModel['type']): VariableModel => ({
  name,
  type,
  column: name,
  required: false,
  arrayDelimiter: null,
  inputFormat: null,
  outputFormat: null,
  phoneRegion: null,
  path: '',
});

/** What the report says of each record besides what became of it: where the execution wrote it last. */
export const REVERT_VARIABLES: readonly VariableModel[] = [
  variable('written_by_step', 'String'),
  variable('written_by_row', 'Number'),
];

/**
 * A revert in the words of an execution: a scope and a step for each object that the execution wrote, the last one first;
 * their rows are the records. Workflows hear of it where a step that wrote the object lets them hear.
 *
 * @param objects as they are now
 */
export function buildRevertConnector(connector: ConnectorModel, objects: readonly ObjectModel[]): ConnectorModel {
  const names = [...new Set([...connector.steps].reverse().map((step) => step.object.name))];
  return {
    ...connector,
    sql: null,
    referenceData: [],
    externalSources: [],
    additionalVariables: [],
    diffCheck: false,
    abortIf: [],
    scopes: names.map((name) => ({ name, variables: REVERT_VARIABLES })),
    steps: names.flatMap((name, index): StepModel[] => {
      const writing = connector.steps.filter((step) => step.object.name === name);
      const object = objects.find((one) => one.name === name) ?? writing[0]?.object;
      if (object === undefined) return [];
      return [
        {
          index,
          name,
          object,
          scope: name,
          rules: [],
          onBlankKey: 'Skip',
          mappings: [],
          triggerWorkflows: writing.some((step) => step.triggerWorkflows),
        },
      ];
    }),
  };
}
