import { expect, it } from 'vitest';
import { createFaultOutage } from '../../../src/storage/outage/fault-outage.ts';
import { isOutage, reasonOfOutage } from '../../../src/storage/outage/presence.ts';
import { reportFault } from '../../../src/storage/outage/report-fault.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';

const withCode = (code: string, message = '') => Object.assign(new Error(message), { code });

/** As Prisma's client throws what the adapter told. */
function thrown(state: string, originalMessage: string): Error {
  const cause = { kind: 'postgres', originalCode: state, originalMessage };
  return Object.assign(new Error(`Raw query failed. Code: \`${state}\`. Message: \`…\``), {
    code: 'P2010',
    meta: { driverAdapterError: { cause } },
  });
}

it.each([
  [
    thrown('57P01', 'terminating connection due to administrator command'),
    '57P01: terminating connection due to administrator command',
  ],
  [withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND db'), 'getaddrinfo ENOTFOUND db'],
  [withCode('EAI_AGAIN', 'getaddrinfo EAI_AGAIN db'), 'getaddrinfo EAI_AGAIN db'],
  [withCode('ECONNREFUSED'), 'ECONNREFUSED: no words'],
  [
    new Error('\nInvalid call in\n\ntimeout exceeded when trying to connect'),
    'timeout exceeded when trying to connect',
  ],
])('an outage is told in a few words, whichever error it comes as: %s', (error, told) => {
  expect(reasonOfOutage(error)).toBe(told);
});

it('what fails because the database is away is for those who look closer, and anything else keeps its stack', () => {
  const log = createKeptLog();
  reportFault(log, 'It could not be done.', withCode('ECONNREFUSED', 'connect ECONNREFUSED'));
  const bug = thrown('42703', 'column "x" does not exist');
  expect(isOutage(bug)).toBe(false);
  reportFault(log, 'It could not be done.', bug, { topic: 't' });
  reportFault(log, 'It could not be done.', thrown('57014', 'canceling statement due to statement timeout'));
  expect(log.lines).toEqual([
    'debug: It could not be done.',
    'warn: It could not be done.',
    'warn: It could not be done.',
  ]);
  expect(log.fields[0]).toBe('{"reason":"connect ECONNREFUSED"}');
  expect(log.fields[1]).toContain('"topic":"t","err":{');
});

it('what fails again and again is told once, and not at all while the database is away', () => {
  const log = createKeptLog();
  const outage = createFaultOutage(log, { begun: 'It fails.', ended: 'It works.' });
  for (let attempt = 0; attempt < 3; attempt += 1) outage.begin(withCode('ECONNRESET'));
  expect([log.lines, outage.isOn()]).toEqual([['debug: It fails.'], true]);
  outage.begin(new Error('a bug'));
  outage.begin(new Error('a bug'));
  expect(log.lines.slice(1)).toEqual(['warn: It fails.']);
  outage.end();
  expect([log.lines.slice(2), outage.isOn()]).toEqual([['debug: It works.', 'info: It works.'], false]);
});
