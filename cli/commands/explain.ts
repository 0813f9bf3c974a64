import type { ConnectorModel, MappingModel, RuleModel, StepModel } from '../../core/model/connector.ts';
import { readConnector } from '../manifests.ts';
import type { CommandContext } from '../command-context.ts';

const ACTIONS: Readonly<Record<string, string>> = {
  CreateNew: 'create a record',
  UpdateCurrent: 'update it',
  UnarchiveAndUpdate: 'bring it back and update it',
  UnarchiveOnly: 'bring it back, change nothing else',
  DoNotUpload: 'leave the row out',
  NextRule: 'ask the next rule, among these records',
  NextRuleIgnorePrevious: 'ask the next rule, among all records',
};

const CONFLICTS: Readonly<Record<MappingModel['conflictResolution'], string>> = {
  OnlyUpdateBlank: 'only where it is blank',
  OverwriteClearIfBlank: 'always; a blank clears it',
  OverwriteSkipIfBlank: 'unless the new value is blank',
  OnlyAddOptions: 'adding options, removing none',
};

function explainSource({ source, createOptions, onUnresolved }: MappingModel): string {
  const unresolved = onUnresolved === 'FailRow' ? 'else the row fails' : 'else blank, with a warning';
  switch (source.kind) {
    case 'Variables': {
      const names = source.variables.map((variable) => variable.name);
      const joined =
        names.length === 1 ? names.join('') : `${names.join(', ')} joined by ${JSON.stringify(source.separator)}`;
      return createOptions ? `${joined} (an unknown label becomes an option)` : joined;
    }
    case 'Lookup':
      return `the live ${source.object.name} whose ${source.field.name} is ${source.variable.name}, ${unresolved}`;
    case 'SameRow':
      return `the record that the row came to in step ${source.step}, ${unresolved}`;
  }
}

function explainRule(rule: RuleModel, number: number): string[] {
  const action = (name: string): string => ACTIONS[name] ?? name;
  return [
    `  rule ${number}: records whose ${rule.field.name} equals ${rule.variable.name}`,
    `    none: ${action(rule.onNoMatch)}`,
    `    one: ${action(rule.onSingleMatch)}`,
    `    several: ${action(rule.onMultipleMatches)}`,
    `    one, archived: ${action(rule.onArchivedMatch)}`,
  ];
}

function explainStep(step: StepModel): string[] {
  const scope = step.scope === '' ? 'the only scope' : `scope ${step.scope}`;
  const blank = step.onBlankKey === 'CreateNew' ? 'create a record' : 'leave the row out';
  return [
    `step ${step.index + 1}, ${step.name}: every row of ${scope} into ${step.object.name}`,
    ...step.rules.flatMap((rule, index) => explainRule(rule, index + 1)),
    `  every key blank: ${blank}`,
    ...step.mappings.map((mapping) => {
      const when = CONFLICTS[mapping.conflictResolution];
      return `  ${mapping.field.name} ← ${explainSource(mapping)}; on an update: ${when}`;
    }),
    `  workflow events: ${step.triggerWorkflows ? 'one for every record written' : 'none'}`,
  ];
}

function explainInput(connector: ConnectorModel): string {
  switch (connector.type) {
    case 'Spreadsheet':
      return `input: a file (${connector.spreadsheet.formats.join(', ')}), at most ${connector.spreadsheet.maxBytes} bytes`;
    case 'Webhook':
      return 'input: webhook events, as the tables input.webhooks and input.webhooks_raw';
    case 'Scheduler':
      return `input: the schedule ${connector.schedule ?? ''} (${connector.timeZone}), as the table input.schedule`;
  }
}

/** The plan of a connector as a person reads it, a line each. */
export function explainConnector(connector: ConnectorModel): string[] {
  const references = connector.referenceData.map(
    ({ object, table, filter, fields }) =>
      `reference data: kizen.${table} is ${filter === null ? 'every live' : 'the filtered live'} ${object.name} ` +
      `(kizen_id${fields.map((field) => `, ${field.name}`).join('')})`,
  );
  const { limits } = connector;
  const sql =
    connector.sql === null
      ? 'SQL: none; the input table is the scope'
      : `SQL: ${connector.sql.script.split('\n').length} lines; at most ${limits.seconds} s, ${limits.memoryBytes} bytes of memory, ` +
        `${limits.threads} ${limits.threads === 1 ? 'thread' : 'threads'}, ${limits.rows} rows`;
  const variables = connector.scopes.map(
    (scope) =>
      `variables of ${scope.name === '' ? 'the only scope' : `scope ${scope.name}`}: ` +
      scope.variables.map(({ name, type, required }) => `${name} ${type}${required ? ' (required)' : ''}`).join(', '),
  );
  const additional = connector.additionalVariables.map(
    (one) => `${one.name} ${one.type} = ${one.from ?? JSON.stringify(one.value)}`,
  );
  const limitText = connector.abortIf.map(
    ({ count, percent, rows }) =>
      `${count} > ${[rows, percent === null ? null : `${percent} %`].filter((one) => one !== null).join(' or > ')}`,
  );
  return [
    `${connector.namespace}/${connector.name}: ${connector.type}, ${connector.active ? 'active' : 'not active'}`,
    explainInput(connector),
    ...references,
    sql,
    ...variables,
    ...(additional.length === 0 ? [] : [`additional variables: ${additional.join(', ')}`]),
    `diff check: ${connector.diffCheck ? 'rows that the previous run brought in are left out' : 'off'}`,
    ...(limitText.length === 0 ? [] : [`stops before the first write if a step has: ${limitText.join('; ')}`]),
    ...connector.steps.flatMap(explainStep),
  ];
}

/** `smartconnector explain`. */
export async function explainCommand(
  { config, terminal }: CommandContext,
  paths: readonly string[],
  options: { readonly connector: string },
): Promise<number> {
  const { connector } = await readConnector(paths, options.connector, config.namespace, null);
  const lines = explainConnector(connector);
  if (config.output === 'json') {
    const sql = connector.sql === null ? null : { ...connector.sql, sample: null };
    terminal.out(JSON.stringify({ connector: { ...connector, sql }, explanation: lines }));
  } else {
    terminal.out(lines.join('\n'));
  }
  return 0;
}
