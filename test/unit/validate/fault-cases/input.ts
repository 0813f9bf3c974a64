import type { FaultCases } from './fault-case.ts';

export const input: FaultCases = {
  'a size that is none': {
    edits: [['500Mi', '500MB']],
    path: 'spec.spreadsheet.maxBytes',
    message: '"500MB" is not written as it must be',
    hint: 'An amount of bytes as Kubernetes writes it, for example 500Mi or 8M.',
  },
  'no room at all': {
    edits: [['500Mi', '0Mi']],
    path: 'spec.spreadsheet.maxBytes',
    message: '0Mi leaves no room for anything',
  },
  'a format that does not exist': {
    edits: [['[CSV, XLSX]', '[CSV, XSLX]']],
    path: 'spec.spreadsheet.formats[1]',
    message: /"XSLX" is not one of/,
    hint: 'did you mean XLSX?',
  },
  'a quote as the delimiter': {
    edits: [["delimiter: ';'\n    tables", "delimiter: '\"'\n    tables"]],
    path: 'spec.spreadsheet.delimiter',
    message: 'a quote or a line break cannot be the delimiter',
  },
  'a table listed twice': {
    edits: [
      [
        '      - { name: price_list, columns: [sku, vendor] }\n',
        '      - { name: price_list }\n      - { name: price_list }\n',
      ],
    ],
    path: 'spec.spreadsheet.tables[1].name',
    message: 'the table price_list is listed twice',
    at: '      - { name: price_list }\n  sql',
  },
  'a column listed twice': {
    edits: [['columns: [sku, vendor]', 'columns: [sku, sku]']],
    path: 'spec.spreadsheet.tables[0].columns[1]',
    message: 'the column sku is listed twice',
  },
  'two scripts': {
    edits: [['    sample:', '    scriptFrom: { configMapKeyRef: { name: files, key: load.sql } }\n    sample:']],
    path: 'spec.sql',
    message: 'script and scriptFrom are given, and only one can be',
    at: '  sql:',
  },
  'no script': {
    edits: [['    script: |\n      SELECT 1;\n', '']],
    path: 'spec.sql.script',
    message: 'the SQL has no script',
    at: '  sql:',
  },
  'a script from a ConfigMap that is not there': {
    edits: [['script: |\n      SELECT 1;', 'scriptFrom: { configMapKeyRef: { name: fils, key: load.sql } }']],
    path: 'spec.sql.scriptFrom.configMapKeyRef.name',
    message: 'there is no ConfigMap fils in the namespace default',
    hint: 'did you mean files?',
  },
  'a sample under a key that is not there': {
    edits: [['key: sample.csv', 'key: sampel.csv']],
    path: 'spec.sql.sample.configMapKeyRef.key',
    message: 'the ConfigMap files has no key sampel.csv',
    hint: 'did you mean sample.csv?',
  },
  'a setting that is not allowed': {
    edits: [['    limits: {', '    settings: { allow_ddl: "1" }\n    limits: {']],
    path: 'spec.sql.settings.allow_ddl',
    message: /allow_ddl is not on the allow-list/,
  },
  'more memory than there are numbers': {
    edits: [['memory: 1Gi', 'memory: 99999999999T']],
    path: 'spec.sql.limits.memory',
    message: '99999999999T is more than any machine has',
  },
  'an encoding that there is not': {
    edits: [['maxBytes: 500Mi', 'encoding: Windows-1300\n    maxBytes: 500Mi']],
    path: 'spec.spreadsheet.encoding',
    message: '"Windows-1300" is no encoding that can be read',
    hint: /Windows-1252/,
  },
  'a longest row that no memory holds': {
    edits: [['maxBytes: 500Mi', 'limits: { rowBytes: 2Gi }\n    maxBytes: 500Mi']],
    path: 'spec.spreadsheet.limits.rowBytes',
    message: 'rows are gathered in memory, and at most 512Mi of one',
  },
  'a longest cell of nothing': {
    edits: [['maxBytes: 500Mi', "limits: { cellBytes: '0' }\n    maxBytes: 500Mi"]],
    path: 'spec.spreadsheet.limits.cellBytes',
    message: '0 leaves no room for anything',
  },
  'a column as no cleaned header is': {
    edits: [['columns: [sku, vendor]', 'columns: [sku, Vendor-No]']],
    path: 'spec.spreadsheet.tables[0].columns[1]',
    message: '"Vendor-No" is not the name of a column: headers are cleaned',
    hint: 'write vendor_no',
  },
  'a key that no ConfigMap has': {
    edits: [['key: sample.csv', 'key: the sample.csv']],
    path: 'spec.sql.sample.configMapKeyRef.key',
    message: 'the ConfigMap files has no key the sample.csv',
  },
  'a Secret with an empty label in its name': {
    edits: [['secretRef: { name: erp-readonly }', 'secretRef: { name: erp..readonly }']],
    path: 'spec.externalSources[0].secretRef.name',
    message: '"erp..readonly" is not written as it must be',
    hint: /lower-case letters, digits, - and \./,
  },
  'no memory': {
    edits: [['memory: 1Gi', 'memory: "0"']],
    path: 'spec.sql.limits.memory',
    message: '0 leaves no room for anything',
  },
  'too many seconds': {
    edits: [['seconds: 300', 'seconds: 99999']],
    path: 'spec.sql.limits.seconds',
    message: '99999 is more than 3600',
  },
  'reference data of an object that is not there': {
    edits: [['- { object: product, filterGroup', '- { object: prodct, filterGroup']],
    path: 'spec.referenceData[0].object',
    message: 'there is no KizenObject prodct in the namespace default',
    hint: 'did you mean product?',
  },
  'reference data by a filter group that is not there': {
    edits: [['filterGroup: current', 'filterGroup: curent']],
    path: 'spec.referenceData[0].filterGroup',
    message: 'the object product has no filter group curent',
    hint: 'did you mean current?',
  },
  'reference data with a field that is not there': {
    edits: [['fields: [sku, sold_out]', 'fields: [sku, soldout]']],
    path: 'spec.referenceData[0].fields[1]',
    message: 'the object product has no field soldout',
    hint: 'did you mean sold_out?',
  },
  'reference data with kizen_id': {
    edits: [['fields: [sku, sold_out]', 'fields: [kizen_id]']],
    path: 'spec.referenceData[0].fields[0]',
    message: 'kizen_id is always there',
  },
  'two tables of reference data with one name': {
    edits: [['- object: vendor\n      filter:', '- object: vendor\n      table: product\n      filter:']],
    path: 'spec.referenceData[1].table',
    message: 'the table kizen.product is declared twice',
    at: '      table: product',
  },
  'an inline filter on a field that is not there': {
    edits: [['{ field: name, operator: StartsWith', '{ field: nam, operator: StartsWith']],
    path: 'spec.referenceData[1].filter.any[0].field',
    message: 'the object has no field nam',
    hint: 'did you mean name?',
  },
  'an external source declared twice': {
    edits: [
      ['  executionVariables:\n', '    - { name: erp, kind: S3, secretRef: { name: x } }\n  executionVariables:\n'],
    ],
    path: 'spec.externalSources[1].name',
    message: 'the external source erp is declared twice',
    at: '    - { name: erp, kind: S3',
  },
};
