import { expect, test } from 'vitest';
import type { CallTarget } from '../../src/calls/admission.ts';
import { createFirstFailures } from '../../src/calls/first-failure.service.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';

const target = { key: 'acme/model' } as CallTarget;
const failure = { failureClass: 'SERVER_ERROR', message: 'scripted', httpStatus: 503 } as const;

test('the log has one line for a model’s first failure, one when it answers again, and none for what lies between', () => {
  const log = createKeptLog();
  const failures = createFirstFailures(log);
  failures.note(target, 'success', null);
  for (let call = 0; call < 5; call += 1) failures.note(target, 'failure', failure);
  failures.note(target, 'neutral', failure);
  for (let call = 0; call < 5; call += 1) failures.note(target, 'success', null);
  failures.note(target, 'failure', failure);
  expect(log.lines).toEqual([
    'warn: A model that answered has failed.',
    'info: A model that failed answers again.',
    'warn: A model that answered has failed.',
  ]);
});
