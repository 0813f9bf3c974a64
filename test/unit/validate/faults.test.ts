import { describe, expect, test } from 'vitest';
import { BASE, edited, FILE, lineOf, resolveText, type Edit } from './edited.ts';

/** What is written wrongly, and the one fault that says so. The line is that of `at`, or of what was written. */
interface Case {
  readonly edits: readonly Edit[];
  readonly path: string;
  readonly message: string | RegExp;
  readonly hint?: string | RegExp;
  readonly at?: string;
}

const spec: Readonly<Record<string, Case>> = {
  'a type that does not exist': {
    edits: [['type: Spreadsheet', 'type: Spreadshet']],
    path: 'spec.type',
    message: '"Spreadshet" is not one of Spreadsheet, Webhook, Scheduler',
    hint: 'did you mean Spreadsheet?',
  },
  'a field that does not exist': {
    edits: [['  timeZone: America', '  timezone: America']],
    path: 'spec.timezone',
    message: 'there is no field timezone here',
    hint: 'did you mean timeZone?',
  },
  'a number where a text belongs': {
    edits: [['{ name: source, type: String, value: weekly-file }', '{ name: source, type: String, value: 12.50 }']],
    path: 'spec.additionalVariables[0].value',
    message: 'must be a string, and is a number',
    hint: 'put it in quotes: "12.5"',
  },
  'a time zone that does not exist': {
    edits: [['America/Denver', 'America/Denvr']],
    path: 'spec.timeZone',
    message: 'there is no time zone "America/Denvr"',
    hint: 'did you mean America/Denver?',
  },
  'a time zone in the wrong case': {
    edits: [['America/Denver', 'america/denver']],
    path: 'spec.timeZone',
    message: 'there is no time zone "america/denver"',
    hint: 'did you mean America/Denver?',
  },
  'an offset as the time zone': {
    edits: [['America/Denver', '"+02:00"']],
    path: 'spec.timeZone',
    message: '+02:00 is an offset, not a time zone',
  },
  'a phone region that is not two letters': {
    edits: [['phoneRegion: US', 'phoneRegion: USA']],
    path: 'spec.phoneRegion',
    message: '"USA" is not written as it must be',
    hint: /two capital letters/,
  },
  'a phone region that does not exist': {
    edits: [['phoneRegion: US', 'phoneRegion: XX']],
    path: 'spec.phoneRegion',
    message: 'no phone numbers are known for a region XX',
  },
  'a text that no database takes': {
    edits: [["separator: ' at '", 'separator: "\\0"']],
    path: 'spec.loadSteps[2].mapping[1].separator',
    message: 'the text holds a NUL character',
  },
  'a block that does not fit the type': {
    edits: [['  sql:\n', '  scheduler: { schedule: "0 1 * * *" }\n  sql:\n']],
    path: 'spec.scheduler',
    message: 'scheduler belongs to connectors of type Scheduler, and this one is a Spreadsheet',
    at: '  scheduler:',
  },
  'several executions with the diff check on': {
    edits: [['maxExecutions: 1', 'maxExecutions: 2']],
    path: 'spec.concurrency.maxExecutions',
    message: 'with the diff check on, maxExecutions is at most 1, and it is 2',
  },
  'more executions than allowed': {
    edits: [
      ['maxExecutions: 1', 'maxExecutions: 101'],
      ['enabled: true', 'enabled: false'],
    ],
    path: 'spec.concurrency.maxExecutions',
    message: '101 is more than 100',
  },
  'a brake of nothing': {
    edits: [['created: { percent: 20 }', 'created: {}']],
    path: 'spec.abortIf.created',
    message: 'nothing is set',
  },
  'a brake over 100 percent': {
    edits: [['percent: 20', 'percent: 120']],
    path: 'spec.abortIf.created.percent',
    message: '120 is more than 100',
  },
  'an address that is none': {
    edits: [['[data-team@example.com]', '[data-team]']],
    path: 'spec.notifications.emails[0]',
    message: '"data-team" is not an e-mail address',
  },
  'a URL that is none': {
    edits: [['https://hooks.example.com/done', 'http://a:b']],
    path: 'spec.notifications.executionEndedWebhook.url',
    message: '"http://a:b" is not a URL',
  },
  'a history below zero': {
    edits: [['successful: 10', 'successful: -1']],
    path: 'spec.history.successful',
    message: '-1 is less than 0',
  },
  'no load steps at all': {
    edits: [[BASE.slice(BASE.indexOf('  loadSteps:'), BASE.indexOf('  diffCheck:')), '']],
    path: 'spec.loadSteps',
    message: 'loadSteps is missing',
    at: 'spec:\n  type: Spreadsheet',
  },
};

const input: Readonly<Record<string, Case>> = {
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
    message: 'there is no ConfigMap fils in the files',
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

const variables: Readonly<Record<string, Case>> = {
  'a variable type that does not exist': {
    edits: [['type: Number, inputFormat', 'type: Decimal, inputFormat']],
    path: 'spec.executionVariables[4].type',
    message: /"Decimal" is not one of Boolean/,
  },
  'a variable declared twice in a scope': {
    edits: [['  additionalVariables:', '    - { name: sku, scope: products, type: Email }\n  additionalVariables:']],
    path: 'spec.executionVariables[12].name',
    message: 'the variable sku is declared twice',
    at: '- { name: sku, scope: products, type: Email }',
  },
  'a variable named as an additional variable': {
    edits: [['  loadSteps:', '    - { name: vendor, type: String, value: x }\n  loadSteps:']],
    path: 'spec.executionVariables[0].name',
    message: 'the variable vendor is declared twice',
    at: '- { name: vendor, scope: vendors',
  },
  'a variable without a scope where there are several': {
    edits: [['{ name: phone, scope: products, type', '{ name: phone, type']],
    path: 'spec.executionVariables[7].scope',
    message: 'scope is missing, and there are several',
    at: '- { name: phone, type: PhoneNumber }\n    - { name: contact',
    hint: 'write one of vendors, products',
  },
  'an input format that does not fit the type': {
    edits: [['inputFormat: DecimalPoint', 'inputFormat: YesNo']],
    path: 'spec.executionVariables[4].inputFormat',
    message: /YesNo/,
  },
  'a phone region on a text': {
    edits: [
      [
        '{ name: state, scope: products, type: String }',
        '{ name: state, scope: products, type: String, phoneRegion: US }',
      ],
    ],
    path: 'spec.executionVariables[9].phoneRegion',
    message: 'phoneRegion belongs to variables of type PhoneNumber, not String',
  },
  'a delimiter that does not exist': {
    edits: [["array: { delimiter: ';' }", "array: { delimiter: '/' }"]],
    path: 'spec.executionVariables[10].array.delimiter',
    message: /"\/" is not one of/,
  },
  'a literal that is not of its type': {
    edits: [
      ['{ name: source, type: String, value: weekly-file }', '{ name: source, type: Number, value: weekly-file }'],
    ],
    path: 'spec.additionalVariables[0].value',
    message: /'weekly-file' is not a Number/,
  },
  'a literal and a fact at once': {
    edits: [['value: weekly-file', 'value: weekly-file, from: ConnectorName']],
    path: 'spec.additionalVariables[0].from',
    message: 'give exactly one of value and from, not both',
  },
  'neither a literal nor a fact': {
    edits: [[', value: weekly-file', '']],
    path: 'spec.additionalVariables[0]',
    message: 'give exactly one of value and from',
    at: '- { name: source',
  },
  'a fact of another type': {
    edits: [['{ name: loaded_at, type: DateTime', '{ name: loaded_at, type: Number']],
    path: 'spec.additionalVariables[1].type',
    message: 'ExecutionStartTime is not a Number',
  },
};

const steps: Readonly<Record<string, Case>> = {
  'an object that is not there': {
    edits: [['object: product\n      scope', 'object: produkt\n      scope']],
    path: 'spec.loadSteps[2].object',
    message: 'there is no KizenObject produkt in the namespace default',
    hint: 'did you mean product?',
    at: 'object: produkt',
  },
  'a scope that no variable is read from': {
    edits: [['object: product\n      scope: products', 'object: product\n      scope: prodcts']],
    path: 'spec.loadSteps[2].scope',
    message: 'no variable is read from a scope prodcts',
    hint: 'did you mean products?',
    at: 'scope: prodcts',
  },
  'a step declared twice': {
    edits: [['- name: products\n', '- name: vendors\n']],
    path: 'spec.loadSteps[2].name',
    message: 'the step vendors is declared twice',
    at: '- name: vendors\n      object: product',
  },
  'a rule on a field that is not there': {
    edits: [['{ field: sku, variable: sku,', '{ field: skuu, variable: sku,']],
    path: 'spec.loadSteps[2].matching[0].field',
    message: 'the object product has no field skuu',
    hint: 'did you mean sku?',
  },
  'a rule by a variable that is not there': {
    edits: [['{ field: sku, variable: sku,', '{ field: sku, variable: skuu,']],
    path: 'spec.loadSteps[2].matching[0].variable',
    message: 'there is no variable skuu in the scope products',
    hint: 'did you mean sku?',
  },
  'a rule by a variable of another scope': {
    edits: [['{ field: sku, variable: sku,', '{ field: sku, variable: vendor,']],
    path: 'spec.loadSteps[2].matching[0].variable',
    message: 'there is no variable vendor in the scope products',
    hint: 'vendor is read from vendors; declare it for products too',
  },
  'a rule on a field of several values': {
    edits: [['{ field: sku, variable: sku,', '{ field: colours, variable: sku,']],
    path: 'spec.loadSteps[2].matching[0].field',
    message: 'colours holds several values (Checkboxes) and cannot be matched',
  },
  'a rule by a list': {
    edits: [['{ field: sku, variable: sku,', '{ field: sku, variable: colours,']],
    path: 'spec.loadSteps[2].matching[0].variable',
    message: 'colours is a list, and the field sku (text) holds one value',
  },
  'a rule on the id by a text': {
    edits: [['{ field: id, variable: vendor_id', '{ field: id, variable: vendor_name']],
    path: 'spec.loadSteps[1].matching[0].variable',
    message: 'vendor_name is of type String, which the field id (record id) does not take',
    hint: 'id takes UUID',
  },
  'an action that the situation does not have': {
    edits: [['onArchivedMatch: UnarchiveAndUpdate', 'onNoMatch: NextRule']],
    path: 'spec.loadSteps[2].matching[0].onNoMatch',
    message: /"NextRule" is not one of CreateNew, NextRuleIgnorePrevious, DoNotUpload/,
    at: 'onNoMatch: NextRule }',
  },
  'a mapping to a field that is not there': {
    edits: [['- { field: price, variables', '- { field: prize, variables']],
    path: 'spec.loadSteps[2].mapping[2].field',
    message: 'the object product has no field prize',
    hint: 'did you mean price?',
  },
  'a mapping to the id': {
    edits: [['- { field: price, variables: [price]', '- { field: id, variables: [vendor_id]']],
    path: 'spec.loadSteps[2].mapping[2].field',
    message: 'the object product has no field id',
  },
  'a mapping of a variable that is not there': {
    edits: [['variables: [source, loaded_at]', 'variables: [source, loded_at]']],
    path: 'spec.loadSteps[2].mapping[1].variables[1]',
    message: 'there is no variable loded_at in the scope products',
    hint: 'did you mean loaded_at?',
  },
  'a field mapped twice': {
    edits: [['- { field: price, variables: [price]', '- { field: sku, variables: [sku]']],
    path: 'spec.loadSteps[2].mapping[2].field',
    message: 'the field sku is mapped twice in this step',
    at: '- { field: sku, variables: [sku], conflict',
  },
  'a mapping from nowhere': {
    edits: [['{ field: phone, variables: [phone] }', '{ field: phone }']],
    path: 'spec.loadSteps[2].mapping[5]',
    message: 'the mapping says nothing about where its value comes from',
    at: '- { field: phone }',
  },
  'a mapping from two places': {
    edits: [['sameRowOf: sellers', 'sameRowOf: sellers, variables: [vendor_id]']],
    path: 'spec.loadSteps[2].mapping[9]',
    message: 'variables and sameRowOf are given, and only one of them can be',
    at: '- { field: vendor, sameRowOf',
  },
  'two variables into a number': {
    edits: [['variables: [price]', 'variables: [price, price]']],
    path: 'spec.loadSteps[2].mapping[2].variables',
    message: '2 variables are mapped to price, which is of type Money',
  },
  'a list into a text': {
    edits: [['{ field: sku, variables: [sku] }', '{ field: sku, variables: [colours] }']],
    path: 'spec.loadSteps[2].mapping[0].variables[0]',
    message: 'colours is a list, and the field sku (text) holds one value',
  },
  'OnlyAddOptions on a number': {
    edits: [['OverwriteClearIfBlank', 'OnlyAddOptions']],
    path: 'spec.loadSteps[2].mapping[2].conflictResolution',
    message: 'OnlyAddOptions does not fit price, which is of type Money',
    at: 'variables: [price], conflictResolution: OnlyAddOptions',
  },
  'createOptions on a text': {
    edits: [['{ field: sku, variables: [sku] }', '{ field: sku, variables: [sku], createOptions: true }']],
    path: 'spec.loadSteps[2].mapping[0].createOptions',
    message: 'createOptions does not fit sku, which is of type Text',
  },
  'a lookup on a text': {
    edits: [['{ field: sku, variables: [sku] }', '{ field: sku, lookup: { field: name, variable: sku } }']],
    path: 'spec.loadSteps[2].mapping[0].lookup',
    message: 'lookup needs a Relationship, and sku is of type Text',
  },
  'a lookup by a field that the target does not have': {
    edits: [['sameRowOf: sellers', 'lookup: { field: nmae, variable: vendor_name }']],
    path: 'spec.loadSteps[2].mapping[9].lookup.field',
    message: 'the object vendor has no field nmae',
    hint: 'did you mean name?',
  },
  'a lookup by a variable of another type': {
    edits: [['sameRowOf: sellers', 'lookup: { field: email, variable: price }']],
    path: 'spec.loadSteps[2].mapping[9].lookup.variable',
    message: 'price is of type Number, which the field email (Email) does not take',
  },
  'a relationship by a text': {
    edits: [['sameRowOf: sellers', 'variables: [vendor_name]']],
    path: 'spec.loadSteps[2].mapping[9].variables[0]',
    message: 'vendor_name is of type String, and a Relationship takes record ids',
    at: '- { field: vendor, variables',
  },
  'a relationship to one record by a list': {
    edits: [['sameRowOf: sellers', 'variables: [part_ids]']],
    path: 'spec.loadSteps[2].mapping[9].variables[0]',
    message: 'part_ids is a list, and the Relationship vendor holds one record',
    at: '- { field: vendor, variables',
  },
  'the same row of a step that is not there': {
    edits: [['sameRowOf: sellers', 'sameRowOf: seller']],
    path: 'spec.loadSteps[2].mapping[9].sameRowOf',
    message: 'there is no earlier step seller',
    hint: 'did you mean sellers?',
  },
  'the same row of the step itself': {
    edits: [['sameRowOf: sellers', 'sameRowOf: products']],
    path: 'spec.loadSteps[2].mapping[9].sameRowOf',
    message: 'products is this step itself',
  },
  'the same row of a step of another scope': {
    edits: [['sameRowOf: sellers', 'sameRowOf: vendors']],
    path: 'spec.loadSteps[2].mapping[9].sameRowOf',
    message: 'the step vendors reads the scope vendors, and this step reads products: they share no rows',
  },
  'the same row of a step of another object': {
    edits: [['{ field: parts, variables: [part_ids] }', '{ field: parts, sameRowOf: sellers }']],
    path: 'spec.loadSteps[2].mapping[8].sameRowOf',
    message: 'the step sellers writes vendor, and parts refers to product',
  },
};

const objects: Readonly<Record<string, Case>> = {
  'a reserved field name': {
    edits: [['{ name: zone, type: Timezone }', '{ name: created_at, type: Timezone }']],
    path: 'spec.fields[4].name',
    message: 'created_at is reserved: every table has a column of that name',
  },
  'a field declared twice': {
    edits: [['{ name: zone, type: Timezone }', '{ name: sku, type: Timezone }']],
    path: 'spec.fields[4].name',
    message: 'the field sku is declared twice',
  },
  'a field type that does not exist': {
    edits: [['{ name: zone, type: Timezone }', '{ name: zone, type: TimeZone }']],
    path: 'spec.fields[4].type',
    message: /"TimeZone" is not one of/,
    hint: 'did you mean Timezone?',
  },
  'a dropdown without options': {
    edits: [['{ name: state, type: Dropdown, options: [New, Sold] }', '{ name: state, type: Dropdown }']],
    path: 'spec.fields[11].options',
    message: 'a Dropdown needs options',
  },
  'an option listed twice': {
    edits: [['options: [Red, Blue]', 'options: [Red, Red]']],
    path: 'spec.fields[13].options[1]',
    message: 'the option "Red" is listed twice',
  },
  'options on a text': {
    edits: [['{ name: zone, type: Timezone }', '{ name: zone, type: Text, options: [A] }']],
    path: 'spec.fields[4].options',
    message: 'a field of type Text has no options',
  },
  'a minimum over the maximum': {
    edits: [["minimum: '0', maximum: '99'", "minimum: '100', maximum: '99'"]],
    path: 'spec.fields[5].minimum',
    message: 'minimum 100 is more than maximum 99',
  },
  'a scale on a text': {
    edits: [['{ name: zone, type: Timezone }', '{ name: zone, type: Text, scale: 2 }']],
    path: 'spec.fields[4].scale',
    message: 'a field of type Text has no scale',
  },
  'a relationship to nothing': {
    edits: [['type: Relationship, object: vendor, inverse: products', 'type: Relationship']],
    path: 'spec.fields[17].object',
    message: 'a Relationship needs object',
    at: '- { name: vendor, type: Relationship }',
  },
  'a relationship to an object that is not there': {
    edits: [['type: Relationship, object: vendor,', 'type: Relationship, object: vendr,']],
    path: 'spec.fields[17].object',
    message: 'there is no KizenObject vendr',
    hint: 'did you mean vendor?',
  },
  'an inverse that is a field of the other object': {
    edits: [['inverse: products', 'inverse: email']],
    path: 'spec.fields[17].inverse',
    message: 'vendor has a field email',
  },
  'a filter by an operator that does not fit': {
    edits: [
      [
        "{ field: sold_out, operator: Equals, value: 'false' }",
        "{ field: sold_out, operator: LessThan, value: 'false' }",
      ],
    ],
    path: 'spec.filterGroups[0].filter.all[0].operator',
    message: 'LessThan does not fit sold_out, which is of type Checkbox',
  },
  'a filter by a value that is not of the type': {
    edits: [["operator: Equals, value: 'false'", "operator: Equals, value: 'no'"]],
    path: 'spec.filterGroups[0].filter.all[0].value',
    message: '"no" is not a value of sold_out (Checkbox)',
    hint: 'write true or false',
  },
  'a filter by an option that does not exist': {
    edits: [['operator: In, values: [New]', 'operator: In, values: [Nw]']],
    path: 'spec.filterGroups[0].filter.all[1].values[0]',
    message: '"Nw" is not an option of state',
    hint: 'did you mean New?',
  },
  'a filter without its value': {
    edits: [[", value: 'false' }", ' }']],
    path: 'spec.filterGroups[0].filter.all[0].value',
    message: 'Equals needs value',
    at: '- { field: sold_out, operator: Equals }',
  },
  'a filter with a value too many': {
    edits: [["operator: Equals, value: 'false'", "operator: IsBlank, value: 'false'"]],
    path: 'spec.filterGroups[0].filter.all[0].value',
    message: 'IsBlank takes no value',
  },
};

for (const [group, cases] of Object.entries({ spec, input, variables, steps, objects })) {
  describe(`one fault in the ${group}`, () => {
    test.each(Object.entries(cases))('%s', (_, { edits, path, message, hint, at }) => {
      const text = edited(...edits);
      const { faults } = resolveText(text);
      const found = faults.filter((fault) => fault.path === path && matches(fault.message, message));
      expect(found, JSON.stringify(faults, null, 1)).toHaveLength(1);
      expect(faults.map((fault) => fault.path)).toEqual([path]);
      expect(found[0]).toMatchObject({ file: FILE, line: lineOf(text, at ?? edits[0]?.[1] ?? '') });
      expect(found[0]?.hint).toBeDefined();
      if (hint !== undefined) expect(matches(found[0]?.hint ?? '', hint), found[0]?.hint).toBe(true);
    });
  });
}

function matches(text: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? text === expected : expected.test(text);
}

test('the base has no fault and no warning', () => {
  expect(resolveText(BASE)).toMatchObject({ faults: [], warnings: [] });
});
