import pg from 'pg';
import { expect, test } from 'vitest';
import { AppError } from '../../../core/errors/app-error.ts';
import { databaseError, isDatabaseAway } from '../../../runner/postgres/database-error.ts';

const answer = (state: string): Error => Object.assign(new pg.DatabaseError('no', 2, 'error'), { code: state });
const turnLost = (cause?: Error): AppError =>
  new AppError({ code: 'TurnLost', class: 'transient', message: 'another run may have begun', cause });

test.each<[string, unknown, boolean]>([
  ['nobody listens', databaseError(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })), true],
  ['the connection broke', databaseError(new Error('Connection terminated unexpectedly')), true],
  ['the server is told to stop', databaseError(answer('57P01')), true],
  ['the server starts', databaseError(answer('57P03')), true],
  ['all connections are taken', databaseError(answer('53300')), true],
  ['the turn went with the connection', turnLost(new Error('Connection terminated unexpectedly')), true],
  ['another run has loaded in between', turnLost(), false],
  ['two transactions waited for each other', databaseError(answer('40P01')), false],
  ['the disk of the server is full', databaseError(answer('53100')), false],
  ['a pooler lost its server', databaseError(answer('08P01')), true],
  [
    'the server cannot read what was sent',
    databaseError(Object.assign(answer('08P01'), { routine: 'pq_copymsgbytes' })),
    false,
  ],
  ['the password is not taken', databaseError(answer('28P01')), false],
  ['something else was thrown', new TypeError('no'), false],
])('where %s', (_, error, isAway) => {
  expect(isDatabaseAway(error)).toBe(isAway);
});
