import { BASE } from '../edited.ts';
import type { FaultCases } from './fault-case.ts';

export const spec: FaultCases = {
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
    message: 'must be a text, and is a number',
    hint: 'put it in quotes: "12.5"',
  },
  'a Boolean in quotes': {
    edits: [['diffCheck: { enabled: true }', "diffCheck: { enabled: 'true' }"]],
    path: 'spec.diffCheck.enabled',
    message: 'must be true or false, and is a text',
    hint: 'remove the quotes: true',
  },
  'a text where a map belongs': {
    edits: [['concurrency: { maxExecutions: 1 }', 'concurrency: one']],
    path: 'spec.concurrency',
    message: 'must be a map of fields, and is a text',
    hint: 'write a map of fields',
  },
  'a field at the top that does not exist': {
    edits: [['metadata:\n  name: price-list\n', 'metadata:\n  name: price-list\nSpec: {}\n']],
    path: 'Spec',
    message: 'there is no field Spec here',
    hint: 'did you mean spec?',
    at: 'Spec:',
  },
  'a field of the metadata that does not exist': {
    edits: [['  name: price-list\n', '  name: price-list\n  lables: { team: data }\n']],
    path: 'metadata.lables',
    message: 'there is no field lables here',
    hint: 'did you mean labels?',
    at: 'lables',
  },
  'a label that is no text': {
    edits: [['  name: price-list\n', '  name: price-list\n  labels: { tier: 1 }\n']],
    path: 'metadata.labels.tier',
    message: 'tier is not a text',
    hint: 'put it in quotes: "1"',
    at: 'labels:',
  },
  'a label that Kubernetes does not take': {
    edits: [['  name: price-list\n', '  name: price-list\n  labels: { team: data team }\n']],
    path: 'metadata.labels.team',
    message: 'the value of team is not one that Kubernetes takes',
    at: 'labels:',
  },
  'a name of a label that Kubernetes does not take': {
    edits: [['  name: price-list\n', '  name: price-list\n  labels: { the team: data }\n']],
    path: 'metadata.labels["the team"]',
    message: '"the team" is not a name that Kubernetes takes here',
    at: 'labels:',
  },
  'annotations that are no map': {
    edits: [['  name: price-list\n', '  name: price-list\n  annotations: [a]\n']],
    path: 'metadata.annotations',
    message: 'must be a map of texts',
    at: 'annotations:',
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
  'a brake that no run could reach': {
    edits: [['failed: { rows: 5 }', 'failed: { rows: 1000000000000000000000 }']],
    path: 'spec.abortIf.failed.rows',
    message: /is more than 1000000000$/,
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
