import { describe, expect, inject, it } from 'vitest';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { addModel, PREFERRED, SPARE, untilKnown } from '../../support/graphql/admin.ts';
import { breakerOf, onceAt } from '../../support/graphql/breakers.ts';
import { prepareFleet } from '../../support/servers/fleet.ts';
import { route } from '../../support/graphql/route-call.ts';
import { until } from '../../support/time/until.ts';
import { canStartRedis } from '../../support/redis/own-redis.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import type { TestServer } from '../../support/servers/server.ts';

/** How long the provider asks to be left alone, where it asks in seconds. */
const ASKED_MS = 3_000;

/** How long the provider takes to answer, and how early a timer may fire. */
const ANSWER_MS = 50;
const EARLY_MS = 5;

/** A whole second that is at least ASKED_MS away: dates in headers have no fractions. */
const askedDate = () => Math.ceil((nodeClock.now() + ASKED_MS) / 1_000) * 1_000;

/** Says `Retry-After`, and when a call may come again, on the wall's clock. */
const askings = [
  {
    form: 'seconds',
    ask: () => ({ retryAfter: String(ASKED_MS / 1_000), notBefore: nodeClock.now() + ASKED_MS }),
  },
  {
    form: 'an HTTP date',
    ask: () => {
      const notBefore = askedDate();
      return { retryAfter: new Date(notBefore).toUTCString(), notBefore };
    },
  },
];

/** Whether an instance leaves the model alone because of a rate limit. */
const isCooling = async (server: TestServer): Promise<boolean> => {
  const { nodes } = await server.field<{ nodes: { rateLimit: { coolingUntil: string | null } | null }[] }>(
    'models',
    '{ models(providerSlug: "busy") { nodes { rateLimit { coolingUntil } } } }',
  );
  return (nodes[0]?.rateLimit?.coolingUntil ?? null) !== null;
};

describe.skipIf(inject('postgres') === null || !canStartRedis)('a 429 on one of two instances', () => {
  it.each(askings)(
    'with Retry-After as $form: no call reaches the model on either before then, and the spare serves',
    async ({ ask }) => {
      await using busy = await startScriptedProvider();
      await using spare = await startScriptedProvider();
      await using fleet = await prepareFleet({});
      const servers = [await fleet.start(), await fleet.start()];
      const [one, other] = servers as [TestServer, TestServer];
      await addModel(one, 'busy', busy, PREFERRED);
      await addModel(one, 'spare', spare, SPARE);
      await untilKnown(other, 'spare');

      const { retryAfter, notBefore } = ask();
      busy.next({ status: 429, headers: { 'retry-after': retryAfter } });
      const arrivals: number[] = [];
      busy.always(() => {
        arrivals.push(nodeClock.now());
        return {};
      });
      const first = await route(one);
      expect(first.completion?.model.key).toBe('spare/model');
      expect(first.decision.attempts).toMatchObject([
        { failureClass: 'RATE_LIMITED' },
        { failureClass: null },
      ]);
      await until(() => isCooling(other));

      const answered = await Promise.all(servers.map(callUntilServedBy('busy/model')));
      for (const keys of answered) {
        expect(keys.length).toBeGreaterThan(1);
        expect(new Set(keys.slice(0, -1))).toEqual(new Set(['spare/model']));
      }
      expect(arrivals).toHaveLength(2);
      for (const arrival of arrivals) expect(arrival).toBeGreaterThanOrEqual(notBefore);
      for (const server of servers) {
        expect(await breakerOf(server, 'busy')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
      }
    },
  );

  it('without a spare the next call with time enough waits for it, and succeeds', async () => {
    await using busy = await startScriptedProvider();
    await using fleet = await prepareFleet({});
    const [one, other] = [await fleet.start(), await fleet.start()];
    await addModel(one, 'busy', busy);
    await untilKnown(other, 'busy');
    const notBefore = nodeClock.now() + ASKED_MS;
    busy.next({ status: 429, headers: { 'retry-after': String(ASKED_MS / 1_000) } });
    const refused = await route(one, onceAt('busy'));
    expect(refused).toMatchObject({ __typename: 'AttemptsExhausted', retryAfterMs: ASKED_MS });
    await until(() => isCooling(other));

    const arrivals: number[] = [];
    busy.always(() => {
      arrivals.push(nodeClock.now());
      return {};
    });
    const impatient = await route(other, { ...onceAt('busy'), timeoutMs: 100 });
    expect(impatient).toMatchObject({ __typename: 'NoEligibleModel', decision: { attempts: [] } });
    const calls = [one, other, one, other].map((server) => route(server, onceAt('busy')));
    for (const { __typename } of await Promise.all(calls)) expect(__typename).toBe('RouteSuccess');
    expect(arrivals).toHaveLength(4);
    for (const arrival of arrivals) expect(arrival).toBeGreaterThanOrEqual(notBefore);
  });

  it('that comes again while calls wait sends all of them back to wait, and they return one at a time', async () => {
    await using busy = await startScriptedProvider();
    await using fleet = await prepareFleet({});
    const server = await fleet.start();
    await addModel(server, 'busy', busy);
    const arrivals: number[] = [];
    busy.always(() => {
      arrivals.push(nodeClock.monotonicMs());
      // The call before them, and the first of those that wait, which finds that it is still too early.
      return arrivals.length <= 2 ? { status: 429, headers: { 'retry-after': '1' } } : { delayMs: ANSWER_MS };
    });
    await route(server, onceAt('busy'));
    const ends = await Promise.all(Array.from({ length: 8 }, () => route(server, onceAt('busy'))));
    const kinds = ends.map(({ __typename }) => __typename).sort();
    expect(kinds).toEqual(['AttemptsExhausted', ...Array.from({ length: 7 }, () => 'RouteSuccess')]);

    const gapsMs = arrivals.slice(1).map((arrival, index) => arrival - arrivals[index]!);
    expect(gapsMs).toHaveLength(8);
    const [first, second, ...others] = gapsMs;
    expect(Math.min(first!, second!)).toBeGreaterThanOrEqual(1_000 - EARLY_MS);
    expect(Math.min(...others)).toBeGreaterThanOrEqual(ANSWER_MS - EARLY_MS);
  });
});

/** Makes one call after the other until this model has served one; resolves with the models that served. */
function callUntilServedBy(wanted: string): (server: TestServer) => Promise<string[]> {
  return async (server) => {
    const keys: string[] = [];
    while (keys.at(-1) !== wanted) {
      const { __typename, completion } = await route(server);
      expect(__typename).toBe('RouteSuccess');
      keys.push(completion!.model.key);
    }
    return keys;
  };
}
