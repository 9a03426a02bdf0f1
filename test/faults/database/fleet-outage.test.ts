import { describe, expect, it, vi } from 'vitest';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { hasPostgresBinaries } from '../../support/databases/private-postgres.ts';
import { unlessStalled } from '../../support/time/stalls.ts';
import { expectAway, expectKeyRefused, LONGER_MS, TOLERANCE_MS } from '../traffic/away.ts';
import { describeFigures } from '../traffic/comparison.ts';
import { startOutageFleet, type OutageFleet } from '../traffic/outage-fleet.ts';
import { slowestMs } from '../traffic/outage-load.ts';

vi.setConfig({ testTimeout: 180_000 });

/** For each of the four loads. */
const IN_FLIGHT = 5;

interface Outage {
  readonly name: string;
  /** What answers say meanwhile. */
  readonly degraded: readonly string[];
  readonly begin: (fleet: OutageFleet) => Promise<void>;
  readonly end: (fleet: OutageFleet) => Promise<void>;
}

const outages: readonly Outage[] = [
  {
    name: 'Postgres is killed',
    degraded: ['DATABASE'],
    begin: ({ postgres }) => postgres.kill(),
    end: ({ postgres }) => postgres.start(),
  },
  {
    name: 'Postgres is paused',
    degraded: ['DATABASE'],
    begin: async ({ postgres }) => postgres.pause(),
    end: async ({ postgres }) => postgres.resume(),
  },
  {
    name: 'Postgres is restarted',
    degraded: ['DATABASE'],
    begin: ({ postgres }) => postgres.stop(),
    end: ({ postgres }) => postgres.start(),
  },
  {
    name: 'Postgres and Redis are killed',
    degraded: ['REDIS', 'DATABASE'],
    begin: async ({ postgres, redis }) => void (await Promise.all([postgres.kill(), redis.kill()])),
    end: async ({ postgres, redis }) => void (await Promise.all([postgres.start(), redis.start()])),
  },
  {
    name: 'Postgres and Redis are paused',
    degraded: ['REDIS', 'DATABASE'],
    begin: async ({ postgres, redis }) => [postgres, redis].forEach((service) => service.pause()),
    end: async ({ postgres, redis }) => [postgres, redis].forEach((service) => service.resume()),
  },
];

/** Resolves when the newest call of every load was answered so. */
async function expectAnswers({ loads }: OutageFleet, degraded: readonly string[]): Promise<void> {
  for (const { calls } of loads) {
    await expect.poll(() => calls.at(-1)?.degraded, { timeout: 30_000 }).toEqual(degraded);
  }
}

/** All calls so far, but not the first ones of each load. */
function callsAfter({ loads }: OutageFleet, counts: readonly number[]) {
  return loads.flatMap(({ calls }, index) => calls.slice(counts[index]));
}

describe.skipIf(!hasPostgresBinaries() || !canStartRedis)('two instances under load', () => {
  it.for(outages)(
    '$name: every call is answered in time, and recorded once and in order',
    ({ degraded, begin, end }, { annotate }) =>
      unlessStalled(async () => {
        await using fleet = await startOutageFleet(IN_FLIGHT);
        const { servers, loads } = fleet;
        await fleet.more(6 * IN_FLIGHT);
        const normal = callsAfter(
          fleet,
          loads.map(() => IN_FLIGHT),
        );
        expect(normal.filter((call) => call.degraded.length > 0)).toEqual([]);
        const limitMs = slowestMs(normal) + LONGER_MS + TOLERANCE_MS;

        const counts = loads.map(({ calls }) => calls.length);
        await begin(fleet);
        await fleet.more(3 * IN_FLIGHT);
        await expectAnswers(fleet, degraded);
        await Promise.all(servers.map(({ url }) => expectAway(url)));
        await Promise.all(servers.map(({ url }, index) => expectKeyRefused(url, `key-${index}`, limitMs)));
        await fleet.more(3 * IN_FLIGHT);
        await expectAnswers(fleet, degraded);
        await end(fleet);
        await expectAnswers(fleet, []);
        for (const [index, server] of servers.entries()) await fleet.routeKeyed(server, `key-${index}`);
        await fleet.more(3 * IN_FLIGHT);
        await fleet.stop();

        const comparison = await fleet.compare();
        await annotate(describeFigures(comparison.figures));
        expect(slowestMs(callsAfter(fleet, counts))).toBeLessThan(limitMs);
        comparison.expectEqual();
      }),
  );
});
