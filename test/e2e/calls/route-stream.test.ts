import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decisionOf, decisionUuid } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel, issueKey } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { allOf, routeStream, toldBy, type ShownEvent } from '../../support/graphql/stream-call.ts';

const FIRST_TOKEN_MS = 400;
const STALL_MS = 500;

const stack = new AsyncDisposableStack();
let server: TestServer;
/** Serves `first/model`, clearly the better one. */
let first: ScriptedProvider;
let second: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(
    await startServer({
      SWITCHYARD_FIRST_TOKEN_TIMEOUT_MS: String(FIRST_TOKEN_MS),
      SWITCHYARD_STALL_TIMEOUT_MS: String(STALL_MS),
      // Providers fail here all the time.
      SWITCHYARD_BREAKER_THRESHOLD: '100',
    }),
  );
  first = stack.use(await startScriptedProvider());
  second = stack.use(await startScriptedProvider());
  const capabilities = ['TOOLS', 'STREAMING'];
  await addModel(server, 'first', first, { ats: 0.95, capabilities });
  await addModel(server, 'second', second, { ats: 0.6, capabilities });
  await addModel(server, 'whole', second, { ats: 0.99 });
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  first.always({ chunks: ['Hel', 'lo.'] });
  second.always({ chunks: ['Good ', 'day.'] });
});

/** Quality decides alone: providers that fail here all the time would lose their place by what was learned of them. */
const byQuality = { qualityWeight: 1, latencyWeight: 0, costWeight: 0 };

const subscribe = (input: object = {}, key?: string) =>
  routeStream(server, { policy: byQuality, ...input }, key);

/** All events of a call. */
const stream = async (input: object = {}): Promise<ShownEvent[]> => allOf(subscribe(input));

/** The decision that a stream began with, as it is recorded; polled, because nobody waits for a caller that left. */
const recordedOf = (events: readonly ShownEvent[]) => decisionOf(server, events[0]!.decision!);

describe('a streamed call', () => {
  it('is decided, started, told piece by piece and completed, and recorded with its usage and its cost', async () => {
    const events = await stream();
    expect(toldBy(events)).toEqual(['RouteDecided', '1 first', 'Hel', 'lo.', 'RouteCompleted']);
    expect(events[0]).toMatchObject({ decision: { status: 'PENDING', attempts: [] } });
    expect(events.at(-1)).toMatchObject({
      degraded: [],
      decision: {
        id: events[0]!.decision!.id,
        status: 'SUCCEEDED',
        auditSeq: expect.any(Number),
        costUsd: 0.00002,
      },
      completion: {
        ...{ text: 'Hello.', finishReason: 'STOP', toolCalls: [], model: { key: 'first/model' } },
        usage: { inputTokens: 10, outputTokens: 5, costUsd: 0.00002 },
      },
    });
    const decision = await recordedOf(events);
    expect(decision).toMatchObject({ status: 'SUCCEEDED', costUsd: 0.00002 });
    expect(decision.attempts).toMatchObject([{ status: 'OK', timeToFirstTokenMs: expect.any(Number) }]);
    expect(first.requests.at(-1)?.body).toMatchObject({ stream: true });
  });

  it('goes to models that can stream alone', async () => {
    const [decided] = await stream();
    expect(decided!.decision!.plan!.ranked).toEqual([{ providerSlug: 'first' }, { providerSlug: 'second' }]);
    const events = await stream({ models: ['whole/*'] });
    expect(toldBy(events)).toEqual(['RouteDecided', 'RouteFailed']);
    expect(events[1]).toMatchObject({
      deliveredText: '',
      error: { __typename: 'NoEligibleModel', code: 'NO_ELIGIBLE_MODEL', decision: { status: 'REFUSED' } },
    });
  });

  it('brings its tool calls whole, with the end', async () => {
    const weather = { id: 'call-1', name: 'weather', arguments: '{"city":"Ulm"}' };
    first.next({ toolCalls: [weather] });
    const events = await stream({ tools: [{ name: 'weather' }] });
    expect(toldBy(events)).toEqual(['RouteDecided', '1 first', 'RouteCompleted']);
    const { name, arguments: args } = weather;
    expect(events.at(-1)).toMatchObject({ completion: { toolCalls: [{ name, arguments: args }] } });
  });

  it('is not begun for a key without the role', async () => {
    const { text } = await issueKey(server, { roles: ['TENANT_ADMIN', 'VIEWER'] });
    const before = first.received;
    await expect(allOf(subscribe({}, text))).rejects.toThrow('FORBIDDEN');
    expect(first.received).toBe(before);
  });
});

describe('a stream that fails before its first text', () => {
  const before = [
    ['says nothing', { fault: 'hang' }, 'TIMEOUT'],
    ['says nothing after its headers', { streamFault: 'stall', afterChunks: 0 }, 'TIMEOUT'],
    ['is cut', { streamFault: 'cut', afterChunks: 0 }, 'MALFORMED|CONNECTION'],
    ['tells an error', { streamFault: 'error', afterChunks: 0 }, ''],
    ['is no JSON', { streamFault: 'malformed', afterChunks: 0 }, 'MALFORMED'],
    ['ends without a reason', { chunks: [], streamFault: 'no-finish' }, 'MALFORMED'],
    ['is refused', { status: 400 }, 'INVALID_REQUEST'],
  ] as const;
  it.each(before)('%s: the fallback answers', async (_what, reply, failureClass) => {
    first.always(reply);
    const startedMs = performance.now();
    const events = await stream();
    const told = toldBy(events);
    expect(told.slice(-3)).toEqual(['Good ', 'day.', 'RouteCompleted']);
    expect(told.filter((one) => one.endsWith('second'))).toHaveLength(1);
    const { attempts } = await recordedOf(events);
    expect(attempts[0]).toMatchObject({
      failureClass: expect.stringMatching(failureClass),
      timeToFirstTokenMs: null,
    });
    expect(attempts.at(-1)).toMatchObject({ providerSlug: 'second', status: 'OK' });
    if (failureClass === 'TIMEOUT') {
      expect(attempts).toHaveLength(2);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(FIRST_TOKEN_MS);
    }
  });

  it('is told with every attempt when no fallback is left', async () => {
    first.always({ status: 500 });
    second.always({ streamFault: 'malformed', afterChunks: 0 });
    const events = await stream();
    expect(toldBy(events)).toEqual(['RouteDecided', '1 first', '2 first', '3 second', 'RouteFailed']);
    expect(events.at(-1)).toMatchObject({
      deliveredText: '',
      error: { __typename: 'AttemptsExhausted', decision: { status: 'EXHAUSTED' } },
    });
  });
});

describe('a stream that breaks after its first text', () => {
  const after = [
    ['stalls', { streamFault: 'stall' }, 'TIMEOUT'],
    ['is cut', { streamFault: 'cut' }, 'MALFORMED|CONNECTION'],
    ['tells an error', { streamFault: 'error' }, ''],
    ['is no JSON', { streamFault: 'malformed' }, 'MALFORMED'],
    ['ends without a reason', { streamFault: 'no-finish', afterChunks: 2 }, 'MALFORMED'],
  ] as const;
  it.each(after)(
    '%s: nobody else is asked, and what was delivered is told',
    async (_what, fault, failureClass) => {
      first.always({ chunks: ['Hel', 'lo'], afterChunks: 1, ...fault });
      const before = { first: first.received, second: second.received };
      const events = await stream();
      const told = toldBy(events);
      expect(told.slice(0, 3)).toEqual(['RouteDecided', '1 first', 'Hel']);
      const deliveredText = told.slice(2, -1).join('');
      expect(events.at(-1)).toMatchObject({
        __typename: 'RouteFailed',
        deliveredText,
        error: {
          ...{ __typename: 'StreamInterrupted', code: 'STREAM_INTERRUPTED' },
          failureClass: expect.stringMatching(failureClass),
          decision: { status: 'INTERRUPTED', attempts: [{ providerSlug: 'first' }] },
        },
      });
      expect([first.received, second.received]).toEqual([before.first + 1, before.second]);
      const decision = await recordedOf(events);
      expect(decision).toMatchObject({ status: 'INTERRUPTED', model: null });
      const { nodes } = await server.field<{ nodes: readonly { payload: object }[] }>(
        'auditLog',
        '{ auditLog(first: 1) { nodes { payload canonical } } }',
      );
      expect(nodes[0]).toMatchObject({
        payload: {
          decisionId: decisionUuid(decision),
          status: 'INTERRUPTED',
          answerSha256: expect.any(String),
        },
      });
      expect(JSON.stringify(nodes)).not.toContain('Hel');
    },
  );

  it('is whole without [DONE], which not every server sends', async () => {
    first.next({ chunks: ['Hello.'], streamFault: 'no-done' });
    expect(toldBy(await stream())).toEqual(['RouteDecided', '1 first', 'Hello.', 'RouteCompleted']);
  });
});

describe('a caller that leaves', () => {
  it.each([
    ['before the first text', { fault: 'hang' }, 2],
    ['amid the text', { chunks: ['Hel', 'lo.'], chunkDelayMs: 60_000 }, 3],
  ] as const)(
    '%s has the provider let go at once, and the call recorded as cancelled',
    async (_when, reply, count) => {
      first.next(reply);
      const abandoned = first.abandoned;
      const call = subscribe();
      const events: ShownEvent[] = [];
      for await (const event of call) {
        events.push(event);
        if (events.length === count) break;
      }
      call.leave();
      await first.abandonment(abandoned + 1);
      await expect
        .poll(() => recordedOf(events), { timeout: 10_000 })
        .toMatchObject({
          status: 'CANCELLED',
          attempts: [{ providerSlug: 'first', status: null, failureClass: 'CANCELLED' }],
        });
    },
  );
});

describe('streams with an idempotency key', () => {
  it('are one call to the provider: a repeat is told as one piece', async () => {
    const before = first.received;
    const acted = await stream({ idempotencyKey: 'again' });
    expect(toldBy(acted)).toEqual(['RouteDecided', '1 first', 'Hel', 'lo.', 'RouteCompleted']);
    const replayed = await stream({ idempotencyKey: 'again' });
    expect(toldBy(replayed)).toEqual(['RouteDecided', 'Hello.', 'RouteCompleted']);
    expect(replayed.at(-1)).toEqual(acted.at(-1));
    expect(first.received).toBe(before + 1);
  });

  it('are one call to the provider when they come at the same time', async () => {
    const before = first.received;
    first.next({ chunks: ['On', 'ce.'], chunkDelayMs: 100 });
    const both = await Promise.all([stream({ idempotencyKey: 'both' }), stream({ idempotencyKey: 'both' })]);
    expect(both.map(toldBy).sort((a, b) => b.length - a.length)).toEqual([
      ['RouteDecided', '1 first', 'On', 'ce.', 'RouteCompleted'],
      ['RouteDecided', 'Once.', 'RouteCompleted'],
    ]);
    expect(first.received).toBe(before + 1);
  });

  it('fail with the conflict alone when the key was used with another input', async () => {
    await stream({ idempotencyKey: 'taken' });
    const events = await stream({ idempotencyKey: 'taken', maxOutputTokens: 7 });
    expect(events).toMatchObject([
      { __typename: 'RouteFailed', deliveredText: '', error: { __typename: 'Conflict', code: 'CONFLICT' } },
    ]);
  });

  it('run to their end when their caller leaves, for whoever asks again', async () => {
    const before = first.received;
    first.next({ chunks: ['For ', 'later.'], chunkDelayMs: 100 });
    const call = subscribe({ idempotencyKey: 'later' });
    for await (const event of call) if (event.__typename === 'TextDelta') break;
    call.leave();
    expect(toldBy(await stream({ idempotencyKey: 'later' }))).toEqual([
      'RouteDecided',
      'For later.',
      'RouteCompleted',
    ]);
    expect(first.received).toBe(before + 1);
  });
});
