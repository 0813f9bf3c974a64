import type { FaultCases } from './fault-case.ts';

export const steps: FaultCases = {
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
