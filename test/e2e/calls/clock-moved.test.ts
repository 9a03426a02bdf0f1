import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { decisionOf, route } from '../../support/graphql/route-call.ts';
import { allOf, routeStream, toldBy } from '../../support/graphql/stream-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: ScriptedProvider;
/** How far the wall clock has been set from what it was. */
let movedMs = 0;

beforeAll(async () => {
  const clock = { ...nodeClock, now: () => nodeClock.now() + movedMs };
  server = stack.use(await startServer({}, { clock }));
  provider = stack.use(await startScriptedProvider());
  await addModel(server, 'calm', provider, { capabilities: ['STREAMING'] });
});
afterAll(() => stack.disposeAsync());

const DAY_MS = 86_400_000;
const input = (changes: object = {}) => ({ models: ['calm/model'], ...changes });

/** The provider answers once the wall clock has been set by so much. */
function moveAmid(byMs: number): void {
  provider.next(() => {
    movedMs += byMs;
    return {};
  });
}

it.each([DAY_MS, 25 * DAY_MS, 400 * 365 * DAY_MS, -DAY_MS, -25 * DAY_MS])(
  'a wall clock that is set by %d ms amid a call is no part of what it took',
  async (byMs) => {
    moveAmid(byMs);
    const { __typename, decision } = await route(server, input());
    expect(__typename).toBe('RouteSuccess');
    const stored = await decisionOf(server, { id: (decision as { id: string }).id });
    expect(stored).toMatchObject({ status: 'SUCCEEDED', attempts: [{ status: 'OK' }] });
    const { latencyMs, createdAt, completedAt, attempts } = stored as unknown as {
      readonly [name in 'createdAt' | 'completedAt']: string;
    } & { readonly latencyMs: number; readonly attempts: readonly { readonly latencyMs: number }[] };
    expect(latencyMs).toBeLessThan(60_000);
    expect(attempts[0]?.latencyMs).toBeLessThanOrEqual(latencyMs);
    expect(Date.parse(completedAt) - Date.parse(createdAt)).toBe(latencyMs);
    movedMs = 0;
  },
);

it.each([25 * DAY_MS, -25 * DAY_MS])(
  'neither a stream nor a call with a key ends for a clock that is set by %d ms',
  async (byMs) => {
    moveAmid(byMs);
    expect(toldBy(await allOf(routeStream(server, input())))).toContain('RouteCompleted');
    moveAmid(byMs);
    const keyed = input({ idempotencyKey: `moved-${byMs}` });
    const first = await route(server, keyed);
    const again = await route(server, keyed);
    expect(again).toMatchObject({
      __typename: 'RouteSuccess',
      decision: { id: (first['decision'] as { id: string }).id },
    });
    movedMs = 0;
  },
);
