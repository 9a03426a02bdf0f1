import { catalogOf } from '../limits/limits-stage.ts';
import { createFirstFailures } from '../../src/calls/first-failure.service.ts';
import { expect, it } from 'vitest';
import { createBreakers } from '../../src/breakers/breaker.service.ts';
import { createAdmission } from '../../src/calls/admission.service.ts';
import type { Admission } from '../../src/calls/admission.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import type { Database } from '../../src/storage/database.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { nodeTimers } from '../../src/system/timers.node.ts';
import { rule } from '../breakers/rule/breakers.ts';
import { letPass, stored, trip } from '../breakers/table/stored.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { answered } from './scripted-parts.ts';
import { createStreamGuard } from './stream-guard.ts';

/** The model that `createStreamGuard` calls. */
const key = 'them/small';

/** What an attempt may take of its provider's time, and how long its consumer takes over a piece of text. */
const ATTEMPT_MS = 5_000;
const SLOW_MS = 60_000;

/** Breakers that keep watch over real calls while an operator is not there and no prober is. */
function watch(database: Database) {
  return createBreakers({
    ...{ database, rule, bus: createMemoryBus(silentLog), log: silentLog, hasProber: () => false },
    ...{ clock: nodeClock, timers: nodeTimers, random: createNodeRandom(() => nodeClock.now()) },
    catalog: () => catalogOf(1, {}),
  });
}

describeOnEachDatabase('a streamed call that is the probe', (open) => {
  it('stays the only one, and counts, however slowly its text is read within the caller’s time', async () => {
    const { prisma: db } = open();
    await trip(db, key);
    await letPass(db, key, rule.coolOffMs);
    await using breakers = await watch(open());
    const admission: Admission = createAdmission({
      firstFailures: createFirstFailures(silentLog),
      breakers,
      limits: { refusalOf: () => null, admit: () => ({ admitted: true, settle: () => undefined }) },
      estimates: { observe: () => undefined },
      onFailure: () => undefined,
      onProbeWanted: () => undefined,
    });
    const stream = createStreamGuard(['Hel', 'lo.', answered()], admission);
    const reached = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    const deliver = () => {
      reached.resolve();
      return taken.promise;
    };
    const pending = stream.run({ timeoutMs: ATTEMPT_MS, deadlineMs: 2 * SLOW_MS, deliver });
    await reached.promise;

    await stream.time.advance(SLOW_MS);
    await letPass(db, key, SLOW_MS);
    await breakers.refresh();
    const other = { key, attemptMs: ATTEMPT_MS, isWhole: true, expectedMs: 1_000 };
    expect(await breakers.admit(other)).toMatchObject({ admitted: false });

    taken.resolve();
    expect(await pending).toMatchObject({ kind: 'answered' });
    await breakers.settled();
    expect(await stored(db, key)).toMatchObject({ generation: 3, phase: { state: 'CLOSED' } });
  });
});
