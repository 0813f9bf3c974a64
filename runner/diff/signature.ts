import { createHash } from 'node:crypto';
import type { ConnectorModel, MappingModel, StepModel } from '../../core/model/connector.ts';

function describeMapping({ field, source, ...rest }: MappingModel): unknown {
  switch (source.kind) {
    case 'Variables':
      return [
        field.name,
        rest.conflictResolution,
        rest.createOptions,
        source.variables.map((one) => one.name),
        source.separator,
      ];
    case 'Lookup':
      return [
        field.name,
        rest.conflictResolution,
        rest.onUnresolved,
        source.object.name,
        source.field.name,
        source.variable.name,
      ];
    case 'SameRow':
      return [field.name, rest.conflictResolution, rest.onUnresolved, source.step];
  }
}

function describeStep(step: StepModel): unknown {
  return [
    step.name,
    step.object.name,
    step.onBlankKey,
    step.rules.map((rule) => [
      rule.field.name,
      rule.variable.name,
      rule.onNoMatch,
      rule.onSingleMatch,
      rule.onMultipleMatches,
      rule.onArchivedMatch,
    ]),
    step.mappings.map(describeMapping),
  ];
}

/**
 * What the row hashes of a scope stand for: its variables, the additional variables and the load steps that read it. A
 * baseline of another signature is void.
 *
 * @returns SHA-256, hex
 */
export function baselineSignature(connector: ConnectorModel, scope: string): string {
  const variables = connector.scopes.find((one) => one.name === scope)?.variables ?? [];
  const described = [
    variables.map(({ path: _, ...variable }) => Object.entries(variable).sort()),
    connector.additionalVariables.map((variable) => Object.entries(variable).sort()),
    connector.timeZone,
    connector.phoneRegion,
    connector.steps.filter((step) => step.scope === scope).map(describeStep),
  ];
  return createHash('sha256').update(JSON.stringify(described)).digest('hex');
}
