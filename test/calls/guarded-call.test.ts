import { afterEach, describe, expect, it } from 'vitest';
import type { Admission, Settlement } from '../../src/calls/admission.ts';
import type { AttemptTime } from '../../src/calls/attempt-time.ts';
import type { GuardedInput } from '../../src/calls/guarded-call.ts';
import { createGuardedCall } from '../../src/calls/guarded-call.service.ts';
import type { FailureClass } from '../../src/providers/failure.ts';
import type { Provider, ProviderResult } from '../../src/providers/provider.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { openAdmission } from './open-admission.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { createTestFactory, question } from '../support/providers/provider-calls.ts';
import { connectionTo, scriptedProviders } from './scripted-parts.ts';
import { createErrorLog } from '../support/logs/error-log.ts';

const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 0 };
const headers = { 'x-ratelimit-remaining-requests': '3' };
const answered: ProviderResult = {
  ok: true,
  answer: { text: 'Hello.', toolCalls: [], finishReason: 'stop', usage },
  headers,
};

function failed(failureClass: FailureClass, more: object = {}): ProviderResult {
  return { ok: false, failure: { failureClass, message: 'It failed.', ...more }, headers };
}

/** A guarded call on manual time, with a record of every settlement and of what was logged. */
function guard(admission?: Admission) {
  const time = createManualTime();
  const settlements: Settlement[] = [];
  const log = createErrorLog();
  const recording: Admission = {
    admit: () => ({ admitted: true, settle: (settlement) => void settlements.push(settlement) }),
  };
  const call = createGuardedCall({
    admission: admission ?? recording,
    providers: scriptedProviders,
    clock: time.clock,
    timers: time.timers,
    log,
  });
  return { time, settlements, errors: log.errors, call, recording };
}

function input(provider: Provider['call'], changes: Partial<GuardedInput & AttemptTime> = {}): GuardedInput {
  const { timeoutMs = 30_000, limit = 'own' } = changes;
  return {
    target: {
      providerSlug: 'them',
      modelSlug: 'small',
      key: 'them/small',
      attemptId: 'attempt-1',
      time: { timeoutMs, limit, expectedMs: 1_000, fullAnswerMs: 1_000 },
      estimatedTokens: 110,
    },
    connection: connectionTo({ call: provider }),
    request: question(),
    signal: new AbortController().signal,
    ...changes,
  };
}

describe('a guarded call', () => {
  const guards: ReturnType<typeof guard>[] = [];
  const guarded = (admission?: Admission) => {
    const made = guard(admission);
    guards.push(made);
    return made;
  };
  afterEach(() => {
    // Whatever happened, no timer of a finished call is left behind.
    for (const { time } of guards.splice(0)) expect(time.pending()).toBe(0);
  });

  it('returns the answer with its record, and settles once as a success', async () => {
    const { call, time, settlements } = guarded();
    const startedAt = time.clock.now();
    const pending = call(
      input(async (_request, signal) => {
        await time.timers.wait(120, signal);
        return answered;
      }),
    );
    await time.advance(120);
    expect(await pending).toEqual({
      kind: 'answered',
      answer: answered.ok && answered.answer,
      record: {
        providerSlug: 'them',
        modelSlug: 'small',
        status: 'ok',
        failureClass: null,
        message: null,
        httpStatus: null,
        startedAt,
        latencyMs: 120,
        timeToFirstTokenMs: null,
        retryAfterMs: null,
        usage,
      },
    });
    expect(settlements).toEqual([
      { signal: 'success', failure: null, headers, usage, latencyMs: 120, timeToFirstTokenMs: null },
    ]);
  });

  it('returns a failure with its verdict, and settles once with what the breaker and the limits learn', async () => {
    const { call, settlements } = guarded();
    const outcome = await call(
      input(async () => failed('RATE_LIMITED', { httpStatus: 429, retryAfterMs: 700 })),
    );
    expect(outcome).toMatchObject({
      kind: 'failed',
      verdict: { status: 'rate_limited', next: 'next' },
      record: {
        status: 'rate_limited',
        failureClass: 'RATE_LIMITED',
        httpStatus: 429,
        retryAfterMs: 700,
        usage: null,
      },
    });
    expect(settlements).toMatchObject([{ signal: 'neutral', failure: { retryAfterMs: 700 }, headers }]);
  });

  it('sends nothing and settles nothing when it is refused', async () => {
    const refusal = { admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 900 } as const;
    const { call } = guarded({ admit: () => Promise.resolve(refusal) });
    let sent = 0;
    const outcome = await call(input(async () => ((sent += 1), answered)));
    expect(outcome).toEqual({ kind: 'refused', refusal });
    expect(sent).toBe(0);
  });

  it.each([
    ['own', 'TIMEOUT', 'failure'],
    ['share', 'TIMEOUT', 'failure'],
    ['deadline', 'DEADLINE', 'failure'],
  ] as const)(
    'ends when its time ends (%s: %s) and aborts the provider',
    async (limit, failureClass, signal) => {
      const { call, time, settlements } = guarded();
      let aborted = false;
      const hang: Provider['call'] = async (_request, given) => {
        await time.timers.wait(1e9, given).catch(() => (aborted = true));
        return failed('CANCELLED');
      };
      const pending = call(input(hang, { limit }));
      await time.advance(30_000);
      expect(await pending).toMatchObject({
        kind: 'failed',
        record: { status: 'timeout', failureClass, latencyMs: 30_000 },
      });
      expect(aborted).toBe(true);
      expect(settlements.map((settlement) => settlement.signal)).toEqual([signal]);
    },
  );

  it('does not hold a short deadline against the provider', async () => {
    const { call, time, settlements } = guarded();
    const hang: Provider['call'] = (_request, signal) => time.timers.wait(1e9, signal).then(() => answered);
    for (const limit of ['share', 'deadline'] as const) {
      const pending = call(input(hang, { limit, timeoutMs: 400 }));
      await time.advance(400);
      await pending;
    }
    expect(settlements.map(({ signal }) => signal)).toEqual(['neutral', 'neutral']);
  });

  it('does not wait for a provider that ignores its abort, and takes no notice of its late answer', async () => {
    const { call, time, settlements } = guarded();
    const late = Promise.withResolvers<ProviderResult>();
    const pending = call(input(() => late.promise));
    await time.advance(30_000);
    expect(await pending).toMatchObject({ kind: 'failed', failure: { failureClass: 'TIMEOUT' } });
    late.resolve(answered);
    await time.advance(1);
    expect(settlements).toHaveLength(1);
  });

  it('ends as cancelled when its caller leaves, neutrally and without a status', async () => {
    const { call, time, settlements } = guarded();
    const caller = new AbortController();
    const hang: Provider['call'] = (_request, signal) => time.timers.wait(1e9, signal).then(() => answered);
    const pending = call(input(hang, { signal: caller.signal }));
    await time.advance(10);
    caller.abort();
    expect(await pending).toMatchObject({
      kind: 'failed',
      record: { status: null, failureClass: 'CANCELLED' },
    });
    expect(settlements).toMatchObject([{ signal: 'neutral' }]);
  });

  it('gives its permit back unused when the caller left, or the time ended, while it was won', async () => {
    let sent = 0;
    const provider: Provider['call'] = async () => ((sent += 1), answered);
    const caller = new AbortController();
    const admission: Admission = {
      admit: async (target) => {
        await time.timers.wait(500, new AbortController().signal);
        return recording.admit(target);
      },
    };
    const { call, time, settlements, recording } = guarded(admission);
    const left = call(input(provider, { signal: caller.signal }));
    caller.abort();
    const late = call(input(provider, { limit: 'deadline', timeoutMs: 400 }));
    await time.advance(500);
    expect(await left).toMatchObject({ record: { failureClass: 'CANCELLED' } });
    expect(await late).toMatchObject({ record: { failureClass: 'DEADLINE' } });
    expect(settlements.map(({ signal }) => signal)).toEqual(['neutral', 'neutral']);
    expect(sent).toBe(0);
  });

  it('makes a fault of ours an INTERNAL failure, settled once, and logs where but not what', async () => {
    const { call, settlements, errors } = guarded();
    const fault = () => {
      throw new TypeError('the prompt was: secret');
    };
    for (const provider of [fault, async () => fault()]) {
      expect(await call(input(provider))).toMatchObject({
        kind: 'failed',
        failure: { failureClass: 'INTERNAL' },
        record: { status: 'terminal_error' },
      });
    }
    expect(settlements.map(({ signal }) => signal)).toEqual(['neutral', 'neutral']);
    expect(errors).toHaveLength(2);
    expect(String(errors[0]?.fields['frames'])).toMatch(/^TypeError\n\s+at .*guarded-call\.test/);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });

  it('makes a fault of admission an INTERNAL failure and sends nothing', async () => {
    const { call, errors } = guarded({ admit: () => Promise.reject(new Error('no')) });
    let sent = 0;
    const outcome = await call(input(async () => ((sent += 1), answered)));
    expect(outcome).toMatchObject({ kind: 'failed', failure: { failureClass: 'INTERNAL' } });
    expect(sent).toBe(0);
    expect(errors).toHaveLength(1);
  });

  it('knows of no usage where the provider counted nothing, and of one that was billed for nothing', async () => {
    const { call } = guarded(openAdmission);
    const uncounted = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
    const silent = answered.ok ? { ...answered, answer: { ...answered.answer, usage: uncounted } } : answered;
    expect(await call(input(async () => silent))).toMatchObject({ record: { usage: null } });
    const billed = { ...failed('EMPTY_OUTPUT'), usage } as ProviderResult;
    expect(await call(input(async () => billed))).toMatchObject({ record: { usage } });
  });

  it('cuts the connection to a real provider when its time ends', async () => {
    const server = await startScriptedProvider();
    const { factory, errors } = createTestFactory();
    const connection = {
      slug: 'them',
      adapter: 'openai-compatible',
      baseUrl: server.baseUrl,
      credential: null,
    } as const;
    const provider = await factory.provider(connection);
    server.always({ fault: 'hang' });
    const { call, time } = guarded();
    const pending = call(input((request, signal) => provider.call(request, signal)));
    await server.arrival(1);
    await time.advance(30_000);
    expect(await pending).toMatchObject({ record: { failureClass: 'TIMEOUT' } });
    await server.abandonment(1);
    expect(errors).toEqual([]);
    await factory[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
});
