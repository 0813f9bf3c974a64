/** One object and a connector over it, small enough to read beside a test. */
export const STOCK_OBJECT = `
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: {name: stock}
spec:
  fields:
    - {name: sku, type: Text}
    - {name: amount, type: Integer}
    - {name: note, type: Text, maxLength: 20}
`;

export interface StockConnector {
  readonly diffCheck?: boolean;
  readonly extra?: string;
  readonly matching?: string;
}

export const stockConnector = ({ diffCheck = true, extra = '', matching = '' }: StockConnector = {}): string => `
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: {name: stock}
spec:
  type: Spreadsheet
  spreadsheet: {tables: [{name: stock}]}
  executionVariables:
    - {name: sku, scope: stock, type: String, required: true}
    - {name: amount, scope: stock, type: Number}
    - {name: note, scope: stock, type: String}
  loadSteps:
    - name: stock
      object: stock
      scope: stock
      matching:
        - {field: sku, variable: sku${matching}}
      mapping:
        - {field: sku, variables: [sku]}
        - {field: amount, variables: [amount], conflictResolution: OverwriteClearIfBlank}
        - {field: note, variables: [note], conflictResolution: OverwriteSkipIfBlank}
  diffCheck: {enabled: ${diffCheck}}
${extra}`;

/** A CSV file of stock rows: `a=1 b=2` gives two rows; `a=` a blank amount; `=1` a blank key. */
export function stockFile(rows: string): string {
  const lines = rows.split(' ').map((row) => row.split('=').join(','));
  return `sku,amount,note\n${lines.map((line) => `${line},\n`).join('')}`;
}

const severalSteps = (
  script: string,
  variables: readonly string[],
  steps: readonly string[],
): string => `${STOCK_OBJECT}---
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: {name: stock}
spec:
  type: Spreadsheet
  spreadsheet: {tables: [{name: stock}]}
  sql:
    script: |
      ${script}
  executionVariables:
${variables.map((variable) => `    - {${variable}}\n`).join('')}  loadSteps:
${steps.map((step) => `    - {${step}}\n`).join('')}  diffCheck: {enabled: true}
`;

const AMOUNT = '{field: amount, variables: [amount], conflictResolution: OverwriteClearIfBlank}';

/** Two scopes of one file, by its column `sheet` (x, y), that write the same object. */
export const twoScopes = (): string =>
  severalSteps(
    ['x', 'y']
      .map((sheet) => `CREATE TABLE output.${sheet} AS SELECT sku, amount FROM input.stock WHERE sheet = '${sheet}';`)
      .join(' '),
    ['x', 'y'].flatMap((scope) => [
      `name: sku, scope: ${scope}, type: String`,
      `name: amount, scope: ${scope}, type: Number`,
    ]),
    ['x', 'y'].map(
      (scope) =>
        `name: ${scope}, object: stock, scope: ${scope}, matching: [{field: sku, variable: sku}], mapping: [{field: sku, variables: [sku]}, ${AMOUNT}]`,
    ),
  );

/** Two steps over the same rows: the second writes the amount to the record that the row's note names. */
export const twoSteps = (): string =>
  severalSteps(
    'CREATE TABLE output.stock AS SELECT sku, amount, note FROM input.stock;',
    ['name: sku, type: String', 'name: amount, type: Number', 'name: note, type: String'],
    [
      `name: first, object: stock, matching: [{field: sku, variable: sku}], mapping: [{field: sku, variables: [sku]}, ${AMOUNT}]`,
      `name: second, object: stock, matching: [{field: sku, variable: note, onNoMatch: DoNotUpload}], mapping: [${AMOUNT}]`,
    ],
  );
