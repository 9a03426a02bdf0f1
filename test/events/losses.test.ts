import { expect, it } from 'vitest';
import { createLosses, LOSS_GATHER_MS } from '../../src/events/losses.service.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';

function prepare() {
  const log = createKeptLog();
  const time = createManualTime();
  return { log, time, losses: createLosses({ log, timers: time.timers }) };
}

it('tells of everything that one fall of the database has taken in one line, each thing once', async () => {
  const { log, time, losses } = prepare();
  losses.report({ topic: 'breakers', knownSeq: 9, seq: 7 });
  await time.advance(LOSS_GATHER_MS - 1);
  losses.report({ topic: 'audit', key: 'a tenant', knownSeq: 5, seq: 4 });
  losses.report({ topic: 'breakers', knownSeq: 8, seq: 6 });
  expect(log.lines).toEqual([]);
  await time.advance(1);
  expect(log.lines).toHaveLength(1);
  expect(JSON.parse(log.fields[0]!)).toEqual({
    losses: [
      { topic: 'breakers', knownSeq: 9, seq: 7 },
      { topic: 'audit', key: 'a tenant', knownSeq: 5, seq: 4 },
    ],
    count: 2,
  });
  losses.report({ topic: 'keys', knownSeq: 2, seq: 1 });
  await time.advance(LOSS_GATHER_MS);
  expect(log.lines).toHaveLength(2);
});

it('tells when it ends of what it still keeps to itself, names few and counts all', () => {
  const { log, time, losses } = prepare();
  for (let i = 0; i < 300; i += 1) losses.report({ topic: 'audit', key: `t${i}`, knownSeq: 2, seq: 1 });
  losses[Symbol.dispose]();
  expect(time.pending()).toBe(0);
  const fields = JSON.parse(log.fields[0]!) as { losses: unknown[]; count: number };
  expect(fields.count).toBe(300);
  expect(fields.losses.length).toBeLessThan(50);
});
