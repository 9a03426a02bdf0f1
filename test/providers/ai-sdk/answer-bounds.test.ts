import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callBounds, MAX_ANSWER_CHARACTERS } from '../../../src/providers/answer-bounds.ts';
import type { ProviderResult } from '../../../src/providers/provider.ts';
import { nobodyLeaves, question, readAll } from '../../support/providers/provider-calls.ts';
import type { ScriptedReply } from '../../support/providers/scripted-provider.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** What the same reply comes to as a whole and as a stream. */
async function resultsOf(reply: ScriptedReply): Promise<ProviderResult[]> {
  const provider = await stage.provider('openai-compatible');
  stage.server.next(reply, reply);
  const asked = question({ tools: [weather] });
  const whole = await provider.call(asked, nobodyLeaves());
  return [whole, (await readAll(provider.stream(asked, nobodyLeaves()))).result];
}

const half = 'x'.repeat(MAX_ANSWER_CHARACTERS / 2);
const call = { id: 'c', name: 'f', arguments: '{}' };

describe('an answer', () => {
  it('has a largest size, up to which it is answered', async () => {
    for (const result of await resultsOf({ chunks: [half, half] })) expect(result.ok).toBe(true);
  });

  it('beyond it is a flood, and ends as soon as that is known', async () => {
    for (const result of await resultsOf({ chunks: [half, half, 'x'] })) {
      expect(result).toMatchObject({ ok: false, failure: { failureClass: 'MALFORMED' } });
    }
    stage.server.next({ chunks: Array<string>(1000).fill('x'.repeat(60_000)), streamFault: 'stall' });
    const provider = await stage.provider('openai-compatible');
    const { result } = await readAll(provider.stream(question(), nobodyLeaves()));
    expect(result).toMatchObject({ ok: false, failure: { failureClass: 'MALFORMED' } });
  });

  it('is one event of a stream at most of a bounded size', async () => {
    const provider = await stage.provider('openai-compatible');
    stage.server.next({ events: [`{"choices":[],"x":"${'x'.repeat(25_000_000)}"}`] });
    const { result } = await readAll(provider.stream(question(), nobodyLeaves()));
    expect(result).toMatchObject({ ok: false, failure: { failureClass: 'MALFORMED' } });
  });

  it.each([
    ['too many', Array.from({ length: callBounds.calls + 1 }, (_, index) => ({ ...call, id: `c${index}` }))],
    ['an id that is too long for', [{ ...call, id: 'i'.repeat(callBounds.idLength + 1) }]],
    ['a name that is too long for', [{ ...call, name: 'n'.repeat(callBounds.nameLength + 1) }]],
    [
      'arguments that are too long for',
      [{ ...call, arguments: `"${'a'.repeat(callBounds.argumentsLength)}"` }],
    ],
    ['arguments that nest too deeply for', [{ ...call, arguments: '['.repeat(100_000) }]],
  ])('with %s tool calls to come back is none', async (_, toolCalls) => {
    for (const result of await resultsOf({ toolCalls })) {
      expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_OUTPUT' } });
    }
  });
});
