import { expect, inject, vi } from 'vitest';
import { describe, it } from 'vitest';
import { createDataDir, createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { addModel, change } from '../../support/graphql/admin.ts';
import { breakerOf } from '../../support/graphql/breakers.ts';
import { adminKey, post, type Asked } from '../../support/graphql/client.ts';
import { route, routeDocument, sayHello, type RouteAnswer } from '../../support/graphql/route-call.ts';
import { routeStreamSubscription } from '../../support/graphql/stream-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';

vi.setConfig({ testTimeout: 120_000 });

const DESCRIPTORS = 400;
const AT_ONCE = 600;

/** A connection that is closed amid its client's question may cost that the answer. */
const MOST_LOST = 0.02 * AT_ONCE;

const atModel = { models: ['slow/model'], timeoutMs: 60_000, policy: { maxAttempts: 1 } };

/** A server with few descriptors, and a provider that answers nobody before it is told to. */
async function stage() {
  await using stack = new AsyncDisposableStack();
  const { url: databaseUrl } = stack.use(await createPostgresDatabase());
  const dataDir = stack.use(await createDataDir('empty'));
  const environment = {
    DATABASE_URL: databaseUrl,
    SWITCHYARD_DATA_DIR: dataDir.path,
    // The provider keeps streams waiting for their first token, too.
    SWITCHYARD_FIRST_TOKEN_TIMEOUT_MS: '120000',
  };
  const provider = stack.use(await startScriptedProvider());
  const process = stack.use(startServerProcess(environment, [], DESCRIPTORS));
  const server = { url: await process.url() };
  await addModel(server, 'slow', provider, { capabilities: ['STREAMING'] });
  const gate = Promise.withResolvers<void>();
  provider.always({ until: gate.promise, text: 'Hello.' });
  const owned = stack.move();
  return { server, provider, answer: gate.resolve, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

type Answer = Pick<RouteAnswer, '__typename' | 'retryAfterMs'>;

/** One call; one that found no connection left was told so by HTTP itself, and one that was cut off is lost. */
async function call(server: Asked, input: object): Promise<Answer> {
  const document = routeDocument('... on Unavailable { retryAfterMs }');
  try {
    const response = await post(server.url, adminKey, document, { input: sayHello(input) });
    const { data } = (await response.json()) as { data?: { route: RouteAnswer } };
    if (response.status !== 503) return data!.route;
    return { __typename: 'Unavailable', retryAfterMs: Number(response.headers.get('retry-after')) * 1_000 };
  } catch (error) {
    return { __typename: `Lost: ${String((error as Error).cause)}` };
  }
}

const isLost = ({ __typename }: Answer) => __typename.startsWith('Lost');

const namesOf = (answers: readonly { readonly __typename: string }[]) => {
  const count = (name: string) => answers.filter(({ __typename }) => __typename === name).length;
  return { served: count('RouteSuccess'), refused: count('Unavailable') };
};

/** How a streamed call ended: the name of its last event, or of the refusal. */
async function streamed(server: Asked, input: object): Promise<string> {
  const accept = 'text/event-stream';
  const headers = { accept, 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
  const body = JSON.stringify({ query: routeStreamSubscription, variables: { input: sayHello(input) } });
  try {
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
    if (response.status === 503) return 'Unavailable';
    const events = await response.text();
    return /"__typename":"(RouteCompleted|Unavailable)"/.exec(events)?.[1] ?? events;
  } catch (error) {
    return `Lost: ${String((error as Error).cause)}`;
  }
}

describe.skipIf(inject('postgres') === null)('an instance with 400 descriptors', () => {
  it('asked for 600 calls at once serves as many as it can and tells the others to come again', async () => {
    await using staged = await stage();
    const { server, provider } = staged;
    const answers: Answer[] = [];
    const calls = Array.from({ length: AT_ONCE }, async () => {
      const answer = await call(server, atModel);
      answers.push(answer);
    });
    // All that are carried are at the provider, all others have been answered: the server is as full as it gets.
    await expect.poll(() => provider.received + answers.length, { timeout: 60_000 }).toBe(AT_ONCE);
    const lost = answers.filter(isLost).length;
    expect(lost).toBeLessThanOrEqual(MOST_LOST);
    const refused = answers.length - lost;
    expect(namesOf(answers)).toEqual({ served: 0, refused });
    expect(provider.received).toBeGreaterThanOrEqual(90);
    for (const answer of answers.filter((one) => !isLost(one))) {
      expect(answer).toMatchObject({ retryAfterMs: 1_000 });
    }
    // It is there for those who ask for something else.
    expect(await breakerOf(server, 'slow')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });

    staged.answer();
    await Promise.all(calls);
    expect(namesOf(answers)).toEqual({ served: provider.received, refused });
    expect(await breakerOf(server, 'slow')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });

    const later = await Promise.all(Array.from({ length: 50 }, () => route(server, atModel)));
    expect(namesOf(later)).toEqual({ served: 50, refused: 0 });
  });

  it('bounds keyed calls and streams alike', async () => {
    await using staged = await stage();
    const { server, provider } = staged;
    const ends: string[] = [];
    let refused = 0;
    let lost = 0;
    const calls = Array.from({ length: AT_ONCE }, async (_, index) => {
      const name =
        index % 2 === 0
          ? (await call(server, { ...atModel, idempotencyKey: `key-${index}` })).__typename
          : await streamed(server, atModel);
      if (name === 'Unavailable') refused += 1;
      else if (name.startsWith('Lost')) lost += 1;
      else ends.push(name);
    });
    await expect.poll(() => provider.received + refused + lost, { timeout: 60_000 }).toBe(AT_ONCE);
    expect(ends).toEqual([]);
    expect(lost).toBeLessThanOrEqual(MOST_LOST);
    staged.answer();
    await Promise.all(calls);
    expect(ends).toHaveLength(provider.received);
    expect(new Set(ends)).toEqual(new Set(['RouteSuccess', 'RouteCompleted']));
    expect(await breakerOf(server, 'slow')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
  });

  it('lets go of what idles: one provider after the other gets all its calls', async () => {
    await using staged = await stage();
    const { server, provider } = staged;
    staged.answer();
    const others = await Promise.all(Array.from({ length: 4 }, () => startScriptedProvider()));
    await using stack = new AsyncDisposableStack();
    for (const other of others) stack.use(other);
    for (const [index, other] of others.entries()) await addModel(server, `other-${index}`, other);
    await change(server, 'upsertProvider', { slug: 'slow' });
    for (const slug of ['slow', 'other-0', 'other-1', 'other-2', 'other-3']) {
      const input = { ...atModel, models: [`${slug}/model`] };
      const answers = await Promise.all(Array.from({ length: 90 }, () => route(server, input)));
      expect(namesOf(answers)).toEqual({ served: 90, refused: 0 });
      expect(await breakerOf(server, slug)).toMatchObject({ consecutiveFailures: 0 });
    }
    expect(provider.received).toBe(90);
  });
});
