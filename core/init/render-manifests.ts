import { renderCsvHeader, renderCsvRow } from '../intake/csv-row.ts';
import type { PartialReading } from '../intake/reading.ts';
import type { InitPlan, PlannedColumn, PlannedTable } from './plan.ts';
import { commentText, yamlText } from './yaml-text.ts';

/** A file of manifests: its name in the directory, and its text. */
export interface ManifestText {
  readonly name: string;
  readonly text: string;
}

/** What the manifests hold beside the plan. */
export interface ManifestOptions {
  /** The file that was looked at, for comments. */
  readonly file: string;
  readonly namespace: string | null;
  readonly phoneRegion: string | null;
  /** How the file was read where somebody said so. */
  readonly reading: PartialReading;
  /** The first rows of the first table. */
  readonly sample: readonly (readonly (string | null)[])[];
}

const VERSION = 'apiVersion: smartconnectors.dev/v1alpha1';
const LONGEST_SAMPLE_CELL = 1000;
/** A ConfigMap holds 1 MiB at most, and a sample is there to be read. */
const LONGEST_SAMPLE = 200_000;
/** Characters that a block of YAML holds as they are. */
const BLOCK_TEXT = /^[\n\t\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** The manifests of a plan, with comments that say what was guessed from what. */
export function renderManifests(plan: InitPlan, options: ManifestOptions): ManifestText[] {
  const files = [
    { name: 'objects.yaml', text: renderObjects(plan, options) },
    { name: 'connector.yaml', text: renderConnector(plan, options) },
  ];
  return hasSample(plan) ? [...files, { name: 'sample.yaml', text: renderSample(plan, options) }] : files;
}

/** Several tables are declared with their columns instead: a sample of them would have to be a binary file. */
function hasSample(plan: InitPlan): boolean {
  return plan.tables.length === 1;
}

function renderObjects({ tables }: InitPlan, { file, namespace }: ManifestOptions): string {
  const documents = tables.map(({ table, object, columns }) =>
    [
      VERSION,
      'kind: KizenObject',
      `metadata: ${metadata(object, namespace)}`,
      'spec:',
      `  displayName: ${yamlText(object.slice(0, 128))}`,
      '  fields:',
      ...columns.map((planned) => renderField(planned)),
      ...(table.rows === 0 ? ['  # The table had no rows: every field is Text until you say more.'] : []),
    ].join('\n'),
  );
  const head = `# What the rows of ${commentText(file)} become: one record each, in a table of typed columns.\n# The types are guesses. Widen or narrow them before the first live run; later a change of type has to be allowed.\n`;
  return `${head}${documents.join('\n---\n')}\n`;
}

function renderField({ name, fieldType, column }: PlannedColumn): string {
  const display = displayName(column.header, name);
  return `    - { name: ${yamlText(name)}, type: ${fieldType}${display === null ? '' : `, displayName: ${display}`} }`;
}

function displayName(header: string, name: string): string | null {
  const text = commentText(header, 128);
  return text === '' || text === name ? null : yamlText(text);
}

function renderConnector(plan: InitPlan, options: ManifestOptions): string {
  const { namespace, phoneRegion, reading, file } = options;
  const { connector, tables } = plan;
  const isOne = tables.length === 1;
  return [
    `# Loads files like ${commentText(file)}.`,
    VERSION,
    'kind: SmartConnector',
    `metadata: ${metadata(connector, namespace)}`,
    'spec:',
    '  type: Spreadsheet',
    ...(phoneRegion === null ? [] : [`  phoneRegion: ${phoneRegion}`]),
    ...renderSpreadsheet(plan, reading),
    '  sql:',
    ...(isOne
      ? [`    sample: { configMapKeyRef: { name: ${yamlText(`${connector}-sample`)}, key: ${sampleKey(plan)} } }`]
      : []),
    '    # Every table that is left in output is a scope. Shape the rows here: trim, split, join, leave out.',
    '    script: |',
    ...tables.flatMap(renderScript),
    '  executionVariables:',
    ...tables.flatMap((table) => renderVariables(table)),
    '  loadSteps:',
    ...tables.flatMap((table) => renderStep(table)),
    '  # With the next line, rows that are the same as in the run before are counted and left out.',
    '  # diffCheck: { enabled: true }',
    '',
  ].join('\n');
}

function renderSpreadsheet(plan: InitPlan, { delimiter, encoding, limits }: PartialReading): string[] {
  const said = Object.entries(limits ?? {});
  const lines = [
    ...(delimiter == null ? [] : [`    delimiter: ${JSON.stringify(delimiter)}`]),
    ...(encoding == null ? [] : [`    encoding: ${yamlText(encoding)}`]),
    ...(said.length === 0
      ? []
      : [`    limits: { ${said.map(([name, value]) => `${name}: ${limitText(name, value)}`).join(', ')} }`]),
  ];
  const declared = plan.tables.map(({ scope, columns }) => {
    const names = columns.map(({ column }) => yamlText(column.name)).join(', ');
    return `      - { name: ${yamlText(scope)}${hasSample(plan) ? '' : `, columns: [${names}]`} }`;
  });
  lines.push(
    '    # By position: the first table of a file has the first of these names, whatever the file calls it.',
    '    tables:',
    ...declared,
  );
  for (const name of plan.tablesLeftOut) lines.push(`    # Left out: the table ${commentText(name)}.`);
  return ['  spreadsheet:', ...lines];
}

function limitText(name: string, value: number): string {
  return name.endsWith('Bytes') ? `'${value}'` : String(value);
}

/** Names of columns stand in backquotes: any of them may be a word of SQL. */
function renderScript({ scope, columns, leftOut }: PlannedTable): string[] {
  const more =
    leftOut.length === 0
      ? []
      : [`      -- Left out, as there are too many or their names too long: ${leftOut.length} columns.`];
  return [
    `      CREATE TABLE output.${quoted(scope)} AS`,
    '      SELECT',
    `        ${['_row', ...columns.map(({ column }) => quoted(column.name))].join(',\n        ')}`,
    `      FROM input.${quoted(scope)};`,
    ...more,
  ];
}

function quoted(name: string): string {
  return `\`${name}\``;
}

function renderVariables({ scope, columns, keys }: PlannedTable): string[] {
  return columns.flatMap((planned) => {
    const { column, name } = planned;
    const parts = [
      `name: ${yamlText(name)}`,
      `scope: ${yamlText(scope)}`,
      ...(name === column.name ? [] : [`column: ${yamlText(column.name)}`]),
      `type: ${column.type}`,
      ...(column.inputFormat === null ? [] : [`inputFormat: ${yamlText(column.inputFormat)}`]),
      ...(keys.some((key) => key === planned) ? ['required: true'] : []),
    ];
    return [...renderDoubts(planned), `    - { ${parts.join(', ')} }`];
  });
}

/** What a person should look at before believing the guess. */
function renderDoubts({ column }: PlannedColumn): string[] {
  const { type, misfits, firstMisfits, otherFormat, inputFormat } = column;
  const lines: string[] = [];
  if (misfits > 0) {
    const [first] = firstMisfits;
    const example =
      first === undefined ? '' : `, the first in row ${first.row}: ${commentText(JSON.stringify(first.value))}`;
    lines.push(
      `    # ${misfits} ${misfits === 1 ? 'value is' : 'values are'} no ${type} and left blank with a warning${example}`,
    );
  }
  if (otherFormat !== null) {
    const read = inputFormat ?? otherFormat.replace(/^(..)(.)(..)/, '$3$2$1');
    lines.push(`    # Could be ${otherFormat} as well, and is read as ${read}: settle it with inputFormat.`);
  }
  return lines;
}

function renderStep({ scope, object, columns, keys, keyNote }: PlannedTable): string[] {
  const [first, second] = keys;
  return [
    `    - name: ${yamlText(stepName(object))}`,
    `      object: ${yamlText(object)}`,
    `      scope: ${yamlText(scope)}`,
    `      # A row updates the record of the same ${keys.map(({ name }) => commentText(name)).join(' and ')}, or creates one.`,
    ...(second === undefined ? [] : [BOTH_TELL]),
    ...(keyNote === null ? [] : [`      # Mind: ${commentText(keyNote, 240)}.`]),
    '      matching:',
    `        - { field: ${yamlText(first.name)}, variable: ${yamlText(first.name)}${second === undefined ? '' : NARROWS} }`,
    ...(second === undefined
      ? []
      : [`        - { field: ${yamlText(second.name)}, variable: ${yamlText(second.name)} }`]),
    '      # OverwriteSkipIfBlank: a value in the file replaces the one in the record, a blank leaves it.',
    '      mapping:',
    ...columns.map((planned) => {
      const rule = keys.some((key) => key === planned) ? '' : ', conflictResolution: OverwriteSkipIfBlank';
      return `        - { field: ${yamlText(planned.name)}, variables: [${yamlText(planned.name)}]${rule} }`;
    }),
  ];
}

/** A first rule whose candidates the second one chooses among. */
const NARROWS = ', onSingleMatch: NextRule, onMultipleMatches: NextRule';
const BOTH_TELL =
  '      # Together the two tell the rows of this file apart: the second rule chooses among what the first finds.';

/** Steps may not begin with a digit. */
function stepName(object: string): string {
  const name = object.replaceAll('.', '-').slice(0, 60);
  return /^[A-Za-z_]/.test(name) ? name : `s-${name}`;
}

function sampleKey({ tables }: InitPlan): string {
  return `${tables[0]?.scope ?? 'sample'}.csv`;
}

function renderSample(plan: InitPlan, { namespace, sample, file, reading }: ManifestOptions): string {
  const [planned] = plan.tables;
  const delimiter = reading.delimiter ?? ',';
  const headers = planned?.table.columns.map(({ header }) => header) ?? [];
  const cells = (row: readonly (string | null)[]): (string | null)[] =>
    row.map((cell) =>
      cell === null ? null : Array.from(cell.replaceAll('\0', '')).slice(0, LONGEST_SAMPLE_CELL).join(''),
    );
  // The mark goes before the encoding that the connector declares for its files.
  const mark = reading.encoding == null ? '' : '\ufeff';
  let csv = `${mark}${renderCsvHeader(headers, delimiter)}`;
  for (const row of sample) {
    const line = renderCsvRow(cells(row), delimiter);
    if (csv.length + line.length > LONGEST_SAMPLE) break;
    csv += line;
  }
  return [
    `# The first rows of ${commentText(file)}, on which the SQL is validated. Replace what must not be in Git.`,
    'apiVersion: v1',
    'kind: ConfigMap',
    `metadata: ${metadata(`${plan.connector}-sample`, namespace)}`,
    'data:',
    `  ${sampleKey(plan)}: ${renderBlock(csv)}`,
    '',
  ].join('\n');
}

/** A block of lines where YAML can hold the text that way, else one text in quotes. */
function renderBlock(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  const isBlock = BLOCK_TEXT.test(lines) && !/^[ \t]|\n{2,}$/.test(lines);
  return isBlock ? `|\n    ${lines.trimEnd().split('\n').join('\n    ')}` : yamlText(text);
}

function metadata(name: string, namespace: string | null): string {
  const parts = [`name: ${yamlText(name)}`, ...(namespace === null ? [] : [`namespace: ${yamlText(namespace)}`])];
  return `{ ${parts.join(', ')} }`;
}
