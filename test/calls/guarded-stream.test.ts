import { afterEach, describe, expect, it } from 'vitest';
import type { GuardedStreamInput } from '../../src/calls/guarded-stream.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { answered, failed, forever, headers, progress, usage, type Step } from './scripted-parts.ts';
import { createStreamGuard, slowly, type StreamGuard } from './stream-guard.ts';

const guards: StreamGuard[] = [];
const guarded = (...how: Parameters<typeof createStreamGuard>) => {
  const made = createStreamGuard(...how);
  guards.push(made);
  return made;
};
afterEach(() => {
  // Whatever happened: no timer is left, the provider was let go, and a call that began was settled once.
  for (const { time, provider, settlements } of guards.splice(0)) {
    expect(time.pending()).toBe(0);
    if (provider.includes('sent')) expect(provider).toContain('let go');
    if (provider.includes('started')) expect(settlements).toHaveLength(1);
  }
});

describe('a guarded stream', () => {
  it('hands over the text in order and ends with the answer and its record, settled once as a success', async () => {
    const stream = guarded([120, 'Hel', 30, progress, 'lo.', 50, answered()]);
    const startedAt = stream.time.clock.now();
    const pending = stream.run();
    await stream.time.advance(200);
    expect(await pending).toEqual({
      kind: 'answered',
      answer: { text: 'Hello.', toolCalls: [], finishReason: 'stop', usage },
      record: {
        ...{ providerSlug: 'them', modelSlug: 'small', status: 'ok', startedAt, usage },
        ...{ latencyMs: 200, timeToFirstTokenMs: 120 },
        ...{ failureClass: null, message: null, httpStatus: null, retryAfterMs: null },
      },
    });
    expect(stream.delivered).toEqual(['Hel', 'lo.']);
    expect(stream.provider).toEqual(['started', 'sent', 'aborted', 'let go']);
    expect(stream.settlements).toEqual([
      { signal: 'success', failure: null, headers, usage, latencyMs: 200, timeToFirstTokenMs: 120 },
    ]);
  });

  it('has no time to first token when no text came', async () => {
    const stream = guarded([progress, '', answered('')]);
    expect(await stream.run()).toMatchObject({ kind: 'answered', record: { timeToFirstTokenMs: null } });
    expect(stream.delivered).toEqual([]);
  });

  it.each([
    ['before any text', [failed('SERVER_ERROR', { httpStatus: 503 })], '', 'failure'],
    ['after some', ['Hel', failed('MALFORMED')], 'Hel', 'failure'],
    ['neutrally', ['Hel', failed('RATE_LIMITED', { httpStatus: 429 })], 'Hel', 'neutral'],
  ] as const)('ends as its provider’s failure %s', async (_when, steps, text, signal) => {
    const stream = guarded(steps);
    expect(await stream.run()).toMatchObject({ kind: 'failed' });
    expect(stream.delivered.join('')).toBe(text);
    expect(stream.settlements).toMatchObject([{ signal, headers }]);
  });

  const silences: readonly [string, readonly Step[], number | null, number, string][] = [
    ['nothing came', [forever], 10_000, 10_000, 'The first token did not come within 10000 ms.'],
    [
      'nothing came, even where more is allowed later',
      [9_000, progress, forever],
      10_000,
      24_000,
      'The stream stalled: nothing came for 15000 ms.',
    ],
    [
      'signs of life ended, where the first token may take longer',
      [progress, forever],
      40_000,
      40_000,
      'The stream stalled: nothing came for 40000 ms.',
    ],
    ['text ended', [100, 'Hel', forever], 10_000, 15_100, 'The stream stalled: nothing came for 15000 ms.'],
    [
      'text ended, in a model that may think',
      [20_000, 'Hel', forever],
      null,
      35_000,
      'The stream stalled: nothing came for 15000 ms.',
    ],
    [
      'a model that may think said nothing',
      [progress, forever],
      null,
      60_000,
      'The attempt ran out of time.',
    ],
  ];
  it.each(silences)('ends when %s', async (_what, steps, firstTokenMs, endsAtMs, message) => {
    const stream = guarded(steps);
    const pending = stream.run({ limits: { firstTokenMs, stallMs: 15_000 } });
    await stream.time.advance(endsAtMs - 1);
    expect(stream.settlements).toEqual([]);
    await stream.time.advance(1);
    const record = { status: 'timeout', failureClass: 'TIMEOUT', message, latencyMs: endsAtMs };
    expect(await pending).toMatchObject({ kind: 'failed', record });
    expect(stream.settlements).toMatchObject([{ signal: 'failure' }]);
  });

  it('holds a silence that is too long against the provider, however short, and a short share of time not', async () => {
    const silent = guarded([forever]);
    const pending = silent.run({ limits: { firstTokenMs: 50, stallMs: 50 }, limit: 'share' });
    await silent.time.advance(50);
    await pending;
    expect(silent.settlements).toMatchObject([{ signal: 'failure' }]);

    const short = guarded(['Hel', forever]);
    const cut = short.run({ timeoutMs: 400, limit: 'share' });
    await short.time.advance(400);
    expect(await cut).toMatchObject({ record: { failureClass: 'TIMEOUT', latencyMs: 400 } });
    expect(short.settlements).toMatchObject([{ signal: 'neutral' }]);
  });

  it('lets no time of the provider’s pass while its consumer is slow, but the caller’s own', async () => {
    const stream = guarded([100, 'a', 100, 'b', 100, 'c', 100, answered('abc')]);
    const patient = stream.run({ ...slowly(stream, 29_000), timeoutMs: 500 });
    await stream.time.advance(100_000);
    expect(await patient).toMatchObject({ kind: 'answered', record: { latencyMs: 400 } });

    const late = guarded([100, 'a', 100, 'b', 100, answered('ab')]);
    const cut = late.run({ ...slowly(late, 29_000), deadlineMs: 40_000 });
    await late.time.advance(100_000);
    expect(await cut).toMatchObject({
      kind: 'failed',
      verdict: { next: 'stop' },
      record: { failureClass: 'DEADLINE', latencyMs: 200 },
    });
    expect(late.delivered).toEqual(['a', 'b']);
    expect(late.settlements).toMatchObject([{ signal: 'neutral' }]);
  });

  it('ends with the caller’s time, whose fault it is only after a fair one', async () => {
    for (const [deadlineMs, signal] of [
      [4_999, 'neutral'],
      [5_000, 'failure'],
    ] as const) {
      const stream = guarded([100, 'Hel', forever]);
      const pending = stream.run({ deadlineMs, timeoutMs: deadlineMs, limit: 'deadline' });
      await stream.time.advance(deadlineMs);
      expect(await pending).toMatchObject({ record: { status: 'timeout', failureClass: 'DEADLINE' } });
      expect(stream.settlements).toMatchObject([{ signal }]);
    }
  });

  it.each([
    ['amid a read', ['Hel', forever], {}],
    ['while its consumer takes its time', ['Hel', answered()], { isSlow: true }],
  ] as const)(
    'lets the provider go at once when the caller leaves %s',
    async (_when, steps, { isSlow = false }: { isSlow?: boolean }) => {
      const stream = guarded(steps);
      const pending = stream.run(isSlow ? { deliver: () => new Promise(() => {}) } : {});
      await stream.time.advance(10);
      expect(stream.provider).toEqual(['started', 'sent']);
      stream.caller.abort();
      expect(stream.provider).toContain('aborted');
      expect(await pending).toMatchObject({
        kind: 'failed',
        record: { status: null, failureClass: 'CANCELLED' },
      });
      expect(stream.settlements).toMatchObject([{ signal: 'neutral' }]);
      await stream.time.advance(1);
    },
  );

  it('sends nothing for a caller that left while the call was admitted, and gives the permit back', async () => {
    const stream = guarded(['Hel', answered()]);
    stream.caller.abort();
    expect(await stream.run()).toMatchObject({ record: { failureClass: 'CANCELLED', latencyMs: 0 } });
    expect(stream.provider).toEqual([]);
    expect(stream.settlements).toMatchObject([{ signal: 'neutral' }]);
  });

  it('sends nothing and settles nothing when it is refused', async () => {
    const refusal = { admitted: false, reason: 'RATE_LIMITED', retryAfterMs: 900 } as const;
    const stream = guarded(['Hel'], { admit: () => refusal });
    expect(await stream.run()).toEqual({ kind: 'refused', refusal });
    expect(stream.provider).toEqual([]);
  });

  it('does not wait for a provider that ignores its abort, and takes no notice of what it still says', async () => {
    const late = Promise.withResolvers<void>();
    const stream = guarded(async function* () {
      await late.promise;
      yield { kind: 'text', text: 'Too late.' };
      throw new Error('and too loud');
    });
    const pending = stream.run();
    await stream.time.advance(10_000);
    expect(await pending).toMatchObject({ record: { failureClass: 'TIMEOUT' } });
    late.resolve();
    await stream.time.advance(1);
    expect(stream.delivered).toEqual([]);
    expect(stream.settlements).toHaveLength(1);

    const deaf = guarded(async function* () {
      yield progress;
      await new Promise(() => {});
    });
    const left = deaf.run();
    await deaf.time.advance(1);
    deaf.caller.abort();
    await deaf.time.advance(100);
    expect(await left).toMatchObject({ record: { failureClass: 'CANCELLED', usage: null } });
  });

  it('keeps what a provider that is let go has counted by then, and what it told of its limits', async () => {
    const counted = { inputTokens: 1000, outputTokens: 3, reasoningTokens: 0 };
    for (const leaves of [true, false]) {
      const stream = guarded(async function* (_request, signal) {
        yield { kind: 'text', text: 'Hel' };
        await stream.timers.wait(forever, signal).catch(() => undefined);
        yield failed('CANCELLED', {}, counted);
      });
      const pending = stream.run();
      await stream.time.advance(leaves ? 10 : 15_000);
      stream.caller.abort();
      const failureClass = leaves ? 'CANCELLED' : 'TIMEOUT';
      expect(await pending).toMatchObject({ record: { failureClass, usage: counted } });
      expect(stream.settlements).toMatchObject([{ usage: counted, headers }]);
    }
  });

  const faults: readonly [string, Provider['stream'], Partial<GuardedStreamInput>?][] = [
    [
      'a stream cannot be made',
      () => {
        throw new TypeError('the prompt was: secret');
      },
    ],
    [
      'a read rejects',
      async function* () {
        throw new TypeError('the prompt was: secret');
      },
    ],
    [
      'a stream ends without its end',
      async function* () {
        yield progress;
      },
    ],
    [
      'its consumer fails',
      async function* () {
        yield { kind: 'text', text: 'secret' };
      },
      { deliver: () => Promise.reject(new Error('secret')) },
    ],
  ];
  it.each(faults)(
    'is an INTERNAL failure when %s, settled once, and logs where but not what',
    async (_what, provider, changes) => {
      const stream = guarded(provider);
      expect(await stream.run(changes)).toMatchObject({
        kind: 'failed',
        record: { failureClass: 'INTERNAL' },
      });
      expect(stream.settlements).toMatchObject([{ signal: 'neutral' }]);
      expect(stream.errors).toHaveLength(1);
      expect(JSON.stringify(stream.errors)).not.toContain('secret');
    },
  );
});
