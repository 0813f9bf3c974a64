import { expect, test } from 'vitest';
import { parseFault } from '../../../runner/faults/fault-point.ts';

test.each([
  ['chunk:before', { point: 'chunk', side: 'before', visit: 1, signal: 'SIGKILL' }],
  ['result:after:2', { point: 'result', side: 'after', visit: 2, signal: 'SIGKILL' }],
  ['object-table:before:1:stop', { point: 'object-table', side: 'before', visit: 1, signal: 'SIGSTOP' }],
])('%s is a fault', (text, fault) => {
  expect(parseFault(text)).toEqual(fault);
});

test.each([
  'chunk',
  'chunk:',
  'chunks:before',
  'chunk:during',
  'chunk:before:0',
  'chunk:before:x',
  'chunk:before:1:pause',
  'chunk:before:1:kill:1',
])('%s is none, and refused', (text) => {
  expect(() => parseFault(text)).toThrow(/give POINT:before or POINT:after.*points are control-schema/);
});
