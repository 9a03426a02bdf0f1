import { describe, expect, it } from 'vitest';
import { createSimulatedProvider } from '../../../src/providers/simulated/provider.simulated.ts';
import { parseScript } from '../../../src/providers/simulated/simulated.ts';
import type { ProviderResult } from '../../../src/providers/provider.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { answerOf, failureOf, nobodyLeaves, question } from '../../support/providers/provider-calls.ts';

/** A simulated provider on manual time, whose chance always draws the same. */
function simulate(baseUrl: string | null, draw = 0.5) {
  const time = createManualTime();
  const random = { next: () => draw, bytes: (length: number) => new Uint8Array(length), uuid: () => 'id' };
  const connection = { slug: 'simulated', adapter: 'simulated', baseUrl, credential: null } as const;
  const provider = createSimulatedProvider(connection, { clock: time.clock, timers: time.timers, random });
  const ask = async (changes = {}): Promise<ProviderResult> => {
    const pending = provider.call(question(changes), nobodyLeaves());
    await time.advance(60_000);
    return pending;
  };
  return { time, provider, ask };
}

describe('a simulated provider', () => {
  it('says of every answer that it is simulated', async () => {
    const { ask } = simulate(null);
    expect(answerOf(await ask()).text).toMatch(/^\[simulated\] No model was called/);
    expect(answerOf(await ask({ responseFormat: { type: 'json' } })).text).toContain('"simulated":true');
    expect(failureOf(await simulate('simulated:?failEvery=1').ask()).message).toMatch(/^\[simulated\]/);
  });

  it('ends at the first stop sequence, without it', async () => {
    const { ask } = simulate(null);
    const { text, finishReason } = answerOf(await ask({ stopSequences: ['never said', 'model', 'was'] }));
    expect(text).toBe('[simulated] No ');
    expect(finishReason).toBe('stop');
  });

  it('takes as long as its script says: to the first token, and for each token', async () => {
    const { time, provider } = simulate('simulated:?latencyMs=100&msPerToken=10&jitterPct=0');
    let result: ProviderResult | undefined;
    void provider.call(question({ outputBudgetTokens: 5 }), nobodyLeaves()).then((ended) => (result = ended));
    await time.advance(149);
    expect(result).toBeUndefined();
    await time.advance(1);
    expect(result && answerOf(result)).toMatchObject({ finishReason: 'length', usage: { outputTokens: 5 } });
  });

  it('fails every n-th call of a model, as the script says', async () => {
    const { ask } = simulate('simulated:?failEvery=3&failWith=503&retryAfterMs=2000');
    const results = [await ask(), await ask(), await ask(), await ask({ modelSlug: 'other' })];
    expect(results.map(({ ok }) => ok)).toEqual([true, true, false, true]);
    expect(failureOf(results[2]!)).toMatchObject({
      failureClass: 'SERVER_ERROR',
      httpStatus: 503,
      retryAfterMs: 2_000,
    });
  });

  it('fails by chance as often as the script says', async () => {
    expect((await simulate('simulated:?failPct=30', 0.29).ask()).ok).toBe(false);
    expect((await simulate('simulated:?failPct=30', 0.3).ask()).ok).toBe(true);
  });

  it.each([
    ['401', 'AUTH'],
    ['404', 'MODEL_NOT_FOUND'],
    ['CONNECTION', 'CONNECTION'],
    ['EMPTY_OUTPUT', 'EMPTY_OUTPUT'],
    ['INVALID_OUTPUT', 'INVALID_OUTPUT'],
  ])('fails with %s', async (failWith, failureClass) => {
    const { ask } = simulate(`simulated:?failEvery=1&failWith=${failWith}`);
    expect(failureOf(await ask()).failureClass).toBe(failureClass);
  });

  it('refuses calls beyond its rate limit until the minute is over, and says when that is', async () => {
    const { time, provider } = simulate('simulated:?rateLimitPerMinute=2&latencyMs=0&msPerToken=0');
    const ask = async () => {
      const pending = provider.call(question(), nobodyLeaves());
      await time.advance(10_000);
      return pending;
    };
    expect((await ask()).headers).toMatchObject({ 'x-ratelimit-remaining-requests': '1' });
    expect((await ask()).ok).toBe(true);
    expect(failureOf(await ask())).toMatchObject({ failureClass: 'RATE_LIMITED', retryAfterMs: 40_000 });
    await time.advance(30_000);
    expect((await ask()).ok).toBe(true);
  });

  it('is let go at once when the caller aborts, also when it would never answer', async () => {
    const { time, provider } = simulate('simulated:?failEvery=1&failWith=TIMEOUT');
    const controller = new AbortController();
    const pending = provider.call(question(), controller.signal);
    await time.advance(3_600_000);
    controller.abort();
    expect(failureOf(await pending).failureClass).toBe('CANCELLED');
    expect(time.pending()).toBe(0);
  });

  it('answers in the shape of a schema, and calls the tool it is told to call', async () => {
    const shape = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        tags: { type: 'array', items: { enum: ['red', 'blue'] } },
        age: { type: ['integer', 'null'], minimum: 18 },
        ok: { type: 'boolean' },
        either: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      },
    };
    const sample = { name: 'simulated', tags: ['red'], age: 18, ok: true, either: null };
    const { ask } = simulate(null);
    const inShape = await ask({ responseFormat: { type: 'json_schema', jsonSchema: shape } });
    expect(JSON.parse(answerOf(inShape).text)).toEqual(sample);
    const called = answerOf(
      await ask({ tools: [{ name: 'save', parameters: shape }], toolChoice: { mode: 'required' } }),
    );
    expect(called).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_id', name: 'save' }],
    });
    expect(JSON.parse(called.toolCalls[0]!.arguments)).toEqual(sample);
  });

  it('gives models of some names a character of their own', async () => {
    expect((await simulate(null, 0.2).ask({ modelSlug: 'flaky' })).ok).toBe(false);
    expect((await simulate(null, 0.2).ask({ modelSlug: 'steady' })).ok).toBe(true);
    expect((await simulate(null, 0.2).ask({ modelSlug: 'constructor' })).ok).toBe(true);
  });
});

describe('a script', () => {
  it('says what it knows', () => {
    expect(parseScript('simulated:')).toEqual({ script: {} });
    expect(parseScript('simulated:?latencyMs=120&failWith=MALFORMED')).toEqual({
      script: { latencyMs: 120, failWith: 'MALFORMED' },
    });
  });

  it.each([
    'http://example.com',
    'simulated',
    'simulated:?latency=5',
    'simulated:?latencyMs=-1',
    'simulated:?latencyMs=1.5',
    'simulated:?latencyMs=',
    'simulated:?failPct=101',
    'simulated:?failWith=200',
    'simulated:?failWith=DEADLINE',
    'simulated:?toString=1',
    'simulated:?latencyMs=1=2',
  ])('is refused with a sentence when it cannot be meant: %s', (text) => {
    expect(parseScript(text)).toEqual({ issue: expect.any(String) as string });
  });
});
