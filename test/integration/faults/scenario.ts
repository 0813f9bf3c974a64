/**
 * A connector that comes to every kind of write and of row: two scopes, the second of which looks up what the first loads;
 * duplicates, and rows that are Rejected, Failed, ambiguous, unchanged or left out by the diff check; new options of a
 * field, and workflow events.
 */
export const MANIFESTS = `
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: {name: vendor}
spec:
  fields:
    - {name: name, type: Text}
    - {name: rank, type: Integer}
---
apiVersion: smartconnectors.dev/v1alpha1
kind: KizenObject
metadata: {name: product}
spec:
  fields:
    - {name: sku, type: Text}
    - {name: price, type: Decimal}
    - {name: note, type: Text, maxLength: 12}
    - {name: tags, type: DynamicTags}
    - {name: vendor, type: Relationship, object: vendor}
---
apiVersion: smartconnectors.dev/v1alpha1
kind: SmartConnector
metadata: {name: goods}
spec:
  type: Spreadsheet
  spreadsheet: {tables: [{name: goods}]}
  sql:
    script: |
      CREATE TABLE output.vendors AS SELECT vendor AS name, max(toInt32(rank)) AS rank FROM input.goods WHERE vendor != '' GROUP BY vendor ORDER BY vendor;
      CREATE TABLE output.products AS SELECT _row, sku, price, note, tags, vendor FROM input.goods;
  executionVariables:
    - {name: name, scope: vendors, type: String, required: true}
    - {name: rank, scope: vendors, type: Number}
    - {name: sku, scope: products, type: String, required: true}
    - {name: price, scope: products, type: Number}
    - {name: note, scope: products, type: String}
    - {name: tags, scope: products, type: String, array: {delimiter: ";"}}
    - {name: vendor, scope: products, type: String}
  loadSteps:
    - name: vendors
      object: vendor
      scope: vendors
      matching:
        - {field: name, variable: name}
      mapping:
        - {field: name, variables: [name]}
        - {field: rank, variables: [rank], conflictResolution: OverwriteClearIfBlank}
    - name: products
      object: product
      scope: products
      triggerWorkflows: true
      matching:
        - {field: sku, variable: sku}
      mapping:
        - {field: sku, variables: [sku]}
        - {field: price, variables: [price], conflictResolution: OverwriteClearIfBlank}
        - {field: note, variables: [note], conflictResolution: OverwriteSkipIfBlank}
        - {field: tags, variables: [tags], conflictResolution: OnlyAddOptions}
        - {field: vendor, lookup: {field: name, variable: vendor}}
  diffCheck: {enabled: true}
`;

/** Rows of one transaction: few, so that there are several chunks of each scope. */
export const CHUNK_ROWS = '40';

/** The file of the first run: 60 vendors, 150 products, without faults. */
export function firstFile(): string {
  return render(Array.from({ length: 150 }, (_, index) => row(index, index)));
}

/** The file of the second run: of the first 100 products 60 unchanged, 40 with a new price; 80 new ones; and every fault. */
export function secondFile(): string {
  const known = Array.from({ length: 100 }, (_, index) => row(index, index % 5 < 2 ? index + 0.5 : index));
  const fresh = Array.from({ length: 80 }, (_, index) => row(1000 + index, index));
  const twice = Array.from({ length: 10 }, (_, index) => row(1000 + index * 7, 500 + index));
  return render([
    ...known,
    ...fresh.slice(0, 40),
    ['', '1', 'no key', '', 'v1', '1'],
    ['p3000', 'many', 'no number', '', 'v1', '1'],
    ['p3001', '1', 'longer than the field', '', 'v1', '1'],
    ['p3002', '1', 'no vendor', '', '', '1'],
    // Two records have the key that this one brings.
    ['twin', '2', 'which', '', 'v2', '2'],
    ...twice,
    ...fresh.slice(40),
    ['p3001', '2', 'longer than the field', 'late', 'v3', '3'],
  ]);
}

type Row = readonly [sku: string, price: string, note: string, tags: string, vendor: string, rank: string];

const row = (number: number, price: number): Row => [
  `p${number}`,
  String(price),
  `n${number % 9}`,
  number % 10 === 0 ? `tag ${number % 70};all` : '',
  `v${number % 60}`,
  String(price > 100 ? 9 : number % 60),
];

const render = (rows: readonly Row[]): string =>
  `sku,price,note,tags,vendor,rank\n${rows.map((one) => `${one.join(',')}\n`).join('')}`;
