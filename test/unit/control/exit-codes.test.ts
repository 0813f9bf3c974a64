import { describe, expect, test } from 'vitest';
import { exitOfError, meaningOfExit, RUNNER_EXIT } from '../../../core/control/exit-codes.ts';
import { AppError, type ErrorClass } from '../../../core/errors/app-error.ts';

const errorOf = (errorClass: ErrorClass): AppError =>
  new AppError({ code: 'Some', class: errorClass, message: 'something' });

describe('the statuses of a container', () => {
  test.each([
    ['a stage that is done', RUNNER_EXIT.done, 'Done'],
    ['arguments or manifests that cannot be run', RUNNER_EXIT.invalid, 'Invalid'],
    ['a database that is away', RUNNER_EXIT.unavailable, 'Unavailable'],
    ['machinery that broke', RUNNER_EXIT.retry, 'Retry'],
    ['a fault of ours', 1, 'Retry'],
    ['a process that was told to end', 143, 'Retry'],
    ['a process that was killed for want of memory', 137, 'Retry'],
    ['a process that crashed', 139, 'Retry'],
  ])('%s ends with %i, which means %s', (_, status, meaning) => {
    expect(meaningOfExit(status)).toBe(meaning);
  });

  test.each([
    ['a terminal error', errorOf('terminal'), 'Invalid'],
    ['an error that passes', errorOf('transient'), 'Retry'],
    ['an error that waits for something', errorOf('waiting'), 'Retry'],
    ['anything else that was thrown', new TypeError('no'), 'Retry'],
  ])('%s means %s', (_, error, meaning) => {
    expect(meaningOfExit(exitOfError(error, false))).toBe(meaning);
  });

  test('an error of a database that is away says nothing against the execution', () => {
    expect(meaningOfExit(exitOfError(errorOf('transient'), true))).toBe('Unavailable');
  });
});
