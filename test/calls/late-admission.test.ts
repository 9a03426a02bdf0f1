import { expect, it, onTestFinished } from 'vitest';
import type { Permit, Refusal, Settlement } from '../../src/calls/admission.ts';
import { createGuardedCall } from '../../src/calls/guarded-call.service.ts';
import type { LogFields } from '../../src/system/log.ts';
import { question } from '../support/providers/provider-calls.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { connectionTo, scriptedProviders } from './scripted-parts.ts';

/** A call whose admission is won when the test says so, and what came of both. */
function prepare(limit: 'own' | 'deadline' = 'own') {
  const time = createManualTime();
  onTestFinished(() => expect(time.pending()).toBe(0));
  const won = Promise.withResolvers<Permit | Refusal>();
  const settlements: Settlement[] = [];
  const logged: (LogFields | undefined)[] = [];
  const caller = new AbortController();
  let sent = 0;
  const call = createGuardedCall({
    ...time,
    providers: scriptedProviders,
    admission: { admit: () => won.promise },
    log: { ...silentLog, error: (_, fields) => void logged.push(fields) },
  });
  const target = {
    ...{ providerSlug: 'them', modelSlug: 'small', key: 'them/small', attemptId: 'attempt-1' },
    time: { timeoutMs: 400, limit, expectedMs: 100, fullAnswerMs: 100 },
    estimatedTokens: 110,
  };
  const outcome = call({
    target,
    request: question(),
    signal: caller.signal,
    connection: connectionTo({ call: () => Promise.reject(new Error(`sent ${(sent += 1)}`)) }),
  });
  const permit: Permit = { admitted: true, settle: (settlement) => void settlements.push(settlement) };
  return { time, won, settlements, logged, caller, outcome, permit, sent: () => sent };
}

it('a caller that leaves while its admission is being won is let go at once, and the admission given back', async () => {
  const { time, won, settlements, caller, outcome, permit, sent } = prepare();
  caller.abort();
  expect(await outcome).toMatchObject({ kind: 'failed', failure: { failureClass: 'CANCELLED' } });
  expect(settlements).toEqual([]);
  won.resolve(permit);
  await time.advance(0);
  expect(settlements).toMatchObject([{ signal: 'neutral', failure: { failureClass: 'CANCELLED' } }]);
  expect(sent()).toBe(0);
});

it('a caller’s time that ends while its admission is being won ends the call, and the admission is given back', async () => {
  const { time, won, settlements, outcome, permit, sent } = prepare('deadline');
  await time.advance(400);
  expect(await outcome).toMatchObject({ kind: 'failed', failure: { failureClass: 'DEADLINE' } });
  won.resolve(permit);
  await time.advance(0);
  expect(settlements).toMatchObject([{ signal: 'neutral', failure: { failureClass: 'DEADLINE' } }]);
  expect(sent()).toBe(0);
});

it('an admission that nobody waits for may be refused, or fail, without harm', async () => {
  const refused = prepare();
  refused.caller.abort();
  refused.won.resolve({ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 900 });
  const broken = prepare();
  broken.caller.abort();
  await Promise.all([refused.outcome, broken.outcome]);
  broken.won.reject(new Error('no'));
  await broken.time.advance(0);
  expect([...refused.settlements, ...broken.settlements]).toEqual([]);
  expect([refused.logged, broken.logged]).toMatchObject([[], [{ model: 'them/small' }]]);
});
