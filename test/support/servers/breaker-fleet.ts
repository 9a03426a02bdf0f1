import { expect } from 'vitest';
import type { Overrides } from '../../../src/app.ts';
import type { Environment } from '../../../src/config/config.ts';
import { createPostgresDatabase } from '../databases/fresh-databases.ts';
import { fieldOf, send } from '../graphql/client.ts';
import { createOwnRedis, type OwnRedis } from '../redis/own-redis.ts';
import { addHttpModel, adminKey, startServer, type TestServer } from './server.ts';
import type { ScriptedProvider } from '../providers/scripted-provider.ts';

/** The numbers of the breakers' rule, where a test needs others than the product's. */
export interface ScaledRule {
  readonly threshold?: number;
  readonly coolOffMs?: number;
}

/** Instances that share a Postgres, and a Redis of their own unless that was not wanted. */
export interface Fleet extends AsyncDisposable {
  /** Of every instance. */
  readonly environment: Environment;
  readonly redis: OwnRedis | null;
  /** Starts one more; it ends with the fleet, or before when it is disposed of. */
  start(overrides?: Overrides): Promise<TestServer>;
}

/** Prepares a fleet without an instance. `databaseUrl`: a Postgres of the test's own. */
export async function prepareFleet(options: {
  readonly rule?: ScaledRule;
  readonly redis?: boolean;
  readonly databaseUrl?: string;
}): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const url = options.databaseUrl ?? stack.use(await createPostgresDatabase()).url;
  const redis = options.redis === false ? null : stack.use(await createOwnRedis());
  const { threshold, coolOffMs } = options.rule ?? {};
  const environment = {
    DATABASE_URL: url,
    REDIS_URL: redis?.url,
    SWITCHYARD_BREAKER_THRESHOLD: threshold?.toString(),
    SWITCHYARD_BREAKER_COOL_OFF_MS: coolOffMs?.toString(),
  };
  const owned = stack.move();
  return {
    environment,
    redis,
    async start(overrides) {
      const server = await startServer(environment, overrides);
      let ended: PromiseLike<void> | undefined;
      const end = async () => await (ended ??= server[Symbol.asyncDispose]());
      owned.defer(end);
      return { ...server, [Symbol.asyncDispose]: end };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A server that can be asked, in this process or another. */
export type Asked = Pick<TestServer, 'url'>;

/** Asks as the admin for a field that must be without errors. */
export async function ask<T>({ url }: Asked, field: string, query: string, variables?: object): Promise<T> {
  return fieldOf<T>(await send(url, adminKey, query, variables), field);
}

/** What came of a routed call, as far as breakers are concerned. */
export interface Routed {
  readonly __typename: string;
  readonly retryAfterMs?: number | null;
  readonly completion?: { readonly model: { readonly key: string } };
  readonly decision: {
    readonly attempts: readonly { readonly providerSlug: string; readonly failureClass: string | null }[];
    readonly plan: {
      readonly rejected: readonly { readonly providerSlug: string; readonly reason: string }[];
    };
  };
}

const routeMutation = `mutation ($input: RouteInput!) {
  route(input: $input) {
    __typename
    ... on Error { message }
    ... on RouteSuccess { completion { model { key } } decision { ...Seen } }
    ... on NoEligibleModel { retryAfterMs decision { ...Seen } }
    ... on AttemptsExhausted { retryAfterMs decision { ...Seen } }
    ... on DeadlineExceeded { decision { ...Seen } }
  }
}
fragment Seen on RoutingDecision {
  attempts { providerSlug failureClass }
  plan { rejected { providerSlug reason } }
}`;

/** Makes one call. */
export async function route(server: Asked, input: object = {}, signal?: AbortSignal): Promise<Routed> {
  const messages = [{ role: 'USER', content: 'Say hello.' }];
  const answer = await send(server.url, adminKey, routeMutation, { input: { messages, ...input } }, signal);
  return fieldOf<Routed>(answer, 'route');
}

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

/** How long an instance may take to learn of something, on a machine that is busy otherwise. */
const LEARNING = { timeout: 20_000, interval: 20 };

/** Resolves when an instance shows the breaker so. */
export function untilShown(
  server: Asked,
  providerSlug: string,
  shown: Partial<ShownBreaker>,
  options: { readonly timeout: number } = LEARNING,
): Promise<void> {
  return expect.poll(() => breakerOf(server, providerSlug), { ...LEARNING, ...options }).toMatchObject(shown);
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

/** Adds a provider with one model, whose attempts may take `attemptTimeoutMs`, where that is given. */
export async function addModel(
  server: TestServer,
  slug: string,
  provider: Pick<ScriptedProvider, 'baseUrl'>,
  options: {
    readonly ats?: number;
    readonly attemptTimeoutMs?: number;
    readonly capabilities?: readonly string[];
  } = {},
): Promise<void> {
  const { attemptTimeoutMs, ...model } = options;
  await addHttpModel(server, { slug, baseUrl: provider.baseUrl, ...model });
  if (attemptTimeoutMs === undefined) return;
  const changed = await server.field<{ __typename: string }>(
    'upsertModel',
    'mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { __typename } }',
    { input: { providerSlug: slug, modelSlug: 'model', attemptTimeoutMs } },
  );
  expect(changed.__typename).toBe('UpsertModelPayload');
}

/** Resolves when an instance has heard of the model. */
export function untilKnown(server: Asked, slug: string): Promise<void> {
  const query = `{ models(providerSlug: "${slug}") { nodes { key } } }`;
  const keys = async () =>
    (await ask<{ nodes: { key: string }[] }>(server, 'models', query)).nodes.map(({ key }) => key);
  return expect.poll(keys, LEARNING).toContain(`${slug}/model`);
}

/** A model that everybody prefers, and one that serves when it cannot. */
export const PREFERRED = { ats: 0.95 };
export const SPARE = { ats: 0.6 };

/** What may happen when it is told to. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A gate that is shut. */
export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
