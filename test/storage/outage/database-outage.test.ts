import { describe, expect, it } from 'vitest';
import { createDatabaseOutage } from '../../../src/storage/outage/database-outage.ts';
import { UnavailableError } from '../../../src/system/expected-error.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

const AWAY = 'warn: The database is away: calls are recorded in the spool, and what needs it is refused.';
const BACK = 'info: The database is back.';

/** An error as the adapter throws it. */
function refused(state: string, message = 'no'): Error {
  return new Error('failed', { cause: { kind: 'postgres', originalCode: state, originalMessage: message } });
}

const lost = new Error('Connection terminated unexpectedly');

function prepare() {
  const log = createKeptLog();
  const { clock, advance } = createManualTime();
  const outage = createDatabaseOutage(log, clock);
  const fail = (sql: string, error: unknown) => outage.failed(sql, clock.monotonicMs(), error);
  return { log, outage, fail, advance, now: () => clock.monotonicMs() };
}

describe('an outage of the database', () => {
  it('has one line when it begins, however many statements meet it, and one when one succeeds', async () => {
    const { log, outage, fail, advance } = prepare();
    await advance(10);
    for (const sql of ['a', 'b', 'c']) fail(sql, lost);
    await advance(1_500);
    fail('a', refused('57P03', 'the database system is starting up'));
    expect([log.lines, outage.isOn()]).toEqual([[AWAY], true]);
    outage.succeeded('d');
    expect([log.lines, outage.isOn()]).toEqual([[AWAY, BACK], false]);
    expect(log.fields).toEqual(['{"reason":"Connection terminated unexpectedly"}', '{"awayMs":1500}']);
  });

  it('is not begun by what had begun before others were answered', async () => {
    const { log, outage, advance, now } = prepare();
    const startedMs = now();
    await advance(1_000);
    outage.succeeded('b');
    await advance(500);
    outage.failed('a', startedMs, lost);
    expect(log.lines).toEqual([]);
  });

  it.each(['25006', '53100', '42P01', '42501', '58030'])(
    'that only some statements meet, as %s tells, is over when one of those succeeds',
    async (state) => {
      const { log, outage, fail, advance } = prepare();
      for (let round = 0; round < 5; round += 1) {
        fail('write', refused(state));
        outage.succeeded('read');
        await advance(20_000);
      }
      expect(log.lines).toEqual([AWAY]);
      outage.succeeded('write');
      expect(log.lines).toEqual([AWAY, BACK]);
    },
  );

  it('that nobody meets any more is over when others succeed', async () => {
    const { log, outage, fail, advance } = prepare();
    fail('once', refused('42P01'));
    await advance(90_000);
    outage.succeeded('read');
    expect(log.lines).toEqual([AWAY]);
    await advance(1);
    outage.succeeded('read');
    expect(log.lines).toEqual([AWAY, BACK]);
  });

  it.each(['57014', '23505', '40001', '55P03', '22P02'])(
    'is none where the database answers with %s, and over then',
    async (state) => {
      const { log, fail } = prepare();
      fail('a', refused(state));
      expect(log.lines).toEqual([]);
      fail('a', refused('08006'));
      fail('a', refused(state));
      expect(log.lines).toEqual([AWAY, BACK]);
    },
  );

  it('is not over before what is recorded elsewhere meanwhile has come back', () => {
    const { log, outage, fail } = prepare();
    outage.begin(new UnavailableError('The database has not answered within 1000 ms.', 1_000));
    fail('a', lost);
    outage.succeeded('a');
    expect([log.lines, outage.isOn()]).toEqual([[AWAY], true]);
    outage.end();
    expect(log.lines).toEqual([AWAY, BACK]);
    outage.end();
    expect(log.lines).toHaveLength(2);
  });

  it('keeps the stack of what is a fault of ours', () => {
    const { log, outage } = prepare();
    outage.begin(new Error('a bug'));
    expect(log.fields).toEqual(['{"err":{}}']);
  });

  it('remembers so many failing statements and no more', () => {
    const { log, outage, fail } = prepare();
    for (let index = 0; index < 1_000; index += 1) fail(`write ${index}`, refused('53100'));
    for (let index = 936; index < 1_000; index += 1) outage.succeeded(`write ${index}`);
    expect(log.lines).toEqual([AWAY, BACK]);
  });
});
