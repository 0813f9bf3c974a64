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
