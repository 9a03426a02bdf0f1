import { beforeEach, expect, it } from 'vitest';
import { createCheckWriter, MOST_UNWRITTEN } from '../../src/health/check-writer.service.ts';
import type { HealthCheck } from '../../src/health/health-check.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { alterDatabase } from '../support/databases/altered-database.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';

const random = createNodeRandom(() => nodeClock.now());

const check = (modelSlug: string, fields: Partial<HealthCheck> = {}): HealthCheck => ({
  ...{ id: random.uuid(), providerSlug: 'acme', modelSlug, outcome: 'ok', failureClass: null },
  ...{ latencyMs: 100, message: null, costMicroUsd: 3, endedAtMs: 0 },
  ...fields,
});

/** What the database refuses, each for another reason, and what cannot even be sent. */
const poisons: readonly Partial<HealthCheck>[] = [
  { message: 'a\u0000b' },
  { outcome: 'odd' as never },
  { costMicroUsd: 1.5 },
  { latencyMs: 2 ** 31 },
];

describeOnEachDatabase('what probes have shown', (open) => {
  beforeEach(() => open().prisma.providerHealthCheck.deleteMany());

  const kept = async () =>
    (await open().prisma.providerHealthCheck.findMany({ orderBy: { modelSlug: 'asc' } })).map(
      ({ modelSlug }) => modelSlug,
    );

  function prepare() {
    const state = { isAway: false };
    const away = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'P1017' });
    const database = alterDatabase(open(), '$executeRaw', (send) =>
      state.isAway ? Promise.reject(away()) : send(),
    );
    const log = createKeptLog();
    const { timers } = createManualTime();
    return { state, log, writer: createCheckWriter({ db: database.prisma, clock: nodeClock, timers, log }) };
  }

  it('is written, but for what the database refuses, which keeps nothing else waiting', async () => {
    const { writer, log } = prepare();
    writer.record(check('a'));
    for (const poison of poisons) {
      writer.record(check('poison', poison));
      writer.record(check('b'));
    }
    await writer.flush();
    expect(await kept()).toEqual(['a', ...poisons.map(() => 'b')]);
    expect(log.lines.filter((line) => line.includes('the database refuses it'))).toHaveLength(poisons.length);
    expect(log.fields.join()).not.toContain('a\\u0000b');
    writer.record(check('c'));
    await writer[Symbol.asyncDispose]();
    expect((await kept()).at(-1)).toBe('c');
  });

  it('is kept while the database is away, the newest of it, and written once it is back', async () => {
    const { writer, state, log } = prepare();
    state.isAway = true;
    for (let index = 0; index < MOST_UNWRITTEN + 5; index += 1)
      writer.record(check(index < 5 ? 'old' : 'new'));
    await expect(writer.flush()).rejects.toThrow('Connection terminated');
    expect(await kept()).toEqual([]);
    state.isAway = false;
    await writer.flush();
    expect(await open().prisma.providerHealthCheck.groupBy({ by: ['modelSlug'], _count: true })).toEqual([
      { modelSlug: 'new', _count: MOST_UNWRITTEN },
    ]);
    expect(log.lines.filter((line) => line.includes('never written'))).toHaveLength(1);
    await writer[Symbol.asyncDispose]();
  });
});
