import { describe, expect, it } from 'vitest';
import { createSimulatedProvider } from '../../../src/providers/simulated/provider.simulated.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  readAll,
} from '../../support/providers/provider-calls.ts';

/** A simulated provider on manual time, without chance. */
function simulate(settings: string) {
  const time = createManualTime();
  const random = { next: () => 0.5, bytes: (length: number) => new Uint8Array(length), uuid: () => 'id' };
  const baseUrl = `simulated:?jitterPct=0&${settings}`;
  const connection = { slug: 'simulated', adapter: 'simulated', baseUrl, credential: null } as const;
  const provider = createSimulatedProvider(connection, { clock: time.clock, timers: time.timers, random });
  const read = async (changes = {}) => {
    const pending = readAll(provider.stream(question(changes), nobodyLeaves()));
    await time.advance(60_000);
    return pending;
  };
  return { time, provider, read };
}

describe('a simulated stream', () => {
  it('says word by word what a call would have answered', async () => {
    const { provider, read, time } = simulate('latencyMs=10');
    const { parts, text, result } = await read();
    const call = provider.call(question(), nobodyLeaves());
    await time.advance(60_000);
    expect(parts.length).toBeGreaterThan(10);
    expect(result).toEqual(await call);
    expect(text).toBe(answerOf(result).text);
  });

  it('begins after its latency and ends when a call would have', async () => {
    const { provider, time } = simulate('latencyMs=100&msPerToken=10');
    const arrivedMs: number[] = [];
    void (async () => {
      for await (const _part of provider.stream(question({ outputBudgetTokens: 5 }), nobodyLeaves())) {
        arrivedMs.push(time.clock.monotonicMs());
      }
    })();
    await time.advance(1_000);
    expect(arrivedMs[0]).toBe(100);
    expect(arrivedMs.at(-1)).toBe(150);
    expect(arrivedMs).toEqual(arrivedMs.toSorted((a, b) => a - b));
    expect(new Set(arrivedMs).size).toBe(arrivedMs.length);
  });

  it('fails by script before its first word', async () => {
    const { parts, result } = await simulate('failEvery=1&failWith=429').read();
    expect(parts).toEqual([]);
    expect(failureOf(result)).toMatchObject({ failureClass: 'RATE_LIMITED', httpStatus: 429 });
  });

  it('tells a tool call as it does text', async () => {
    const tools = [{ name: 'save', parameters: {} }];
    const { parts, result } = await simulate('').read({ tools, toolChoice: { mode: 'required' } });
    const [call] = answerOf(result).toolCalls;
    expect(call).toMatchObject({ name: 'save' });
    expect(parts).toEqual([
      { kind: 'tool_call', index: 0, id: call?.id, name: 'save', providerState: null },
      { kind: 'tool_arguments', index: 0, text: call?.arguments },
    ]);
  });

  it('breaks off after so many tokens, with what it has said and counted', async () => {
    const { text, result } = await simulate('cutAfterTokens=6').read();
    expect(text).toBe('[simulated] No model ');
    expect(failureOf(result).failureClass).toBe('MALFORMED');
    expect(result).toMatchObject({ usage: { outputTokens: 6 } });
  });

  it('falls silent after so many tokens until its caller leaves', async () => {
    const { provider, time } = simulate('latencyMs=0&stallAfterTokens=1');
    const controller = new AbortController();
    const parts = provider.stream(question(), controller.signal)[Symbol.asyncIterator]();
    const first = parts.next();
    await time.advance(0);
    expect(await first).toMatchObject({ value: { kind: 'text' } });
    const second = parts.next();
    await time.advance(3_600_000);
    controller.abort();
    expect(await second).toMatchObject({ value: { result: { failure: { failureClass: 'CANCELLED' } } } });
    expect(time.pending()).toBe(0);
  });
});
