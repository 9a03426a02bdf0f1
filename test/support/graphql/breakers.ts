import { expect } from 'vitest';
import type { ScriptedProvider } from '../providers/scripted-provider.ts';
import type { TestServer } from '../servers/server.ts';
import { LONGEST_WAIT_MS } from '../time/in-time.ts';
import { ask, type Asked } from './client.ts';
import { route } from './route-call.ts';

/** What names one model alone, and keeps a call from trying it twice. */
export const onceAt = (slug: string) => ({ models: [`${slug}/model`], policy: { maxAttempts: 1 } });

/** The same for a call that has no time to wait for anybody: it is made at once or not at all. */
export const nowAt = (slug: string) => ({ ...onceAt(slug), timeoutMs: 100 });

/** A breaker as the API shows it. */
export interface ShownBreaker {
  readonly id: string;
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly mode: 'AUTO' | 'FORCED_OPEN' | 'FORCED_CLOSED';
  readonly modeReason: string | null;
  readonly consecutiveFailures: number;
  readonly tripCount: number;
  readonly generation: number;
  readonly nextProbeAt: string | null;
  readonly retryAfterMs: number | null;
}

/** What an instance knows of the breaker of a provider's one model. */
export async function breakerOf(server: Asked, providerSlug: string): Promise<ShownBreaker> {
  const { nodes } = await ask<{ nodes: ShownBreaker[] }>(
    server,
    'circuitBreakers',
    `query ($providerSlug: String!) { circuitBreakers(providerSlug: $providerSlug) { nodes {
      id state mode modeReason consecutiveFailures tripCount generation nextProbeAt retryAfterMs
    } } }`,
    { providerSlug },
  );
  expect(nodes).toHaveLength(1);
  return nodes[0]!;
}

/** What a provider's breakers have gone through, oldest first: `CLOSED → OPEN`. */
export async function transitionsOf(server: Asked, providerSlug: string): Promise<string[]> {
  const { nodes } = await ask<{ nodes: { from: string; to: string; generation: number }[] }>(
    server,
    'breakerTransitions',
    `query ($providerSlug: String!) {
      breakerTransitions(providerSlug: $providerSlug) { nodes { from to generation } }
    }`,
    { providerSlug },
  );
  const oldestFirst = nodes.toReversed();
  expect(oldestFirst.map(({ generation }) => generation)).toEqual(oldestFirst.map((_, index) => index + 1));
  return oldestFirst.map(({ from, to }) => `${from} → ${to}`);
}

/** Resolves when an instance shows the breaker so. */
export function untilShown(
  server: Asked,
  providerSlug: string,
  shown: Partial<ShownBreaker>,
  timeoutMs = LONGEST_WAIT_MS,
): Promise<void> {
  const options = { timeout: timeoutMs, interval: 20 };
  return expect.poll(() => breakerOf(server, providerSlug), options).toMatchObject(shown);
}

/** Resolves when an instance would let a call through that finds out whether the model is well. */
export function untilProbeDue(server: Asked, providerSlug: string): Promise<void> {
  return untilShown(server, providerSlug, { nextProbeAt: expect.any(String) as string, retryAfterMs: null });
}

/** Fails so many calls one after the other, each a single request; resolves when their outcomes are written. */
export async function fail(
  server: TestServer,
  slug: string,
  provider: ScriptedProvider,
  count: number,
): Promise<void> {
  for (let call = 0; call < count; call += 1) {
    provider.next({ status: 500 });
    const { __typename } = await route(server, onceAt(slug));
    expect(__typename).toBe('AttemptsExhausted');
  }
  await server.app.services.breakers.settled();
}
