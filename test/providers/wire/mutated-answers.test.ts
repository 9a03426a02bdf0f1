import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../../src/calls/verdict.ts';
import type { ProviderFailure } from '../../../src/providers/failure.ts';
import type { ProviderResult } from '../../../src/providers/provider.ts';
import { nobodyLeaves, question, readAll } from '../../support/providers/provider-calls.ts';
import { ofAllChats, spokenAnswers, type SpokenAnswer } from './answers.ts';
import {
  enrich,
  mutate,
  mutations,
  send,
  streamOf,
  textOf,
  travels,
  type Leaving,
  type Said,
  type Travel,
} from './mutations.ts';
import { openWireStage, type WireStage } from './wire-stage.ts';

let stage: WireStage;
beforeAll(async () => {
  stage = await openWireStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Few and always the same, as everybody waits for them; `FC_RUNS` and `FC_SEED` look further. */
const runs = {
  seed: Number(process.env['FC_SEED'] ?? 20_261_128),
  numRuns: Number(process.env['FC_RUNS'] ?? 25),
};

const weather = { name: 'weather', parameters: { type: 'object' } } as const;

interface Asked {
  readonly mode: 'whole' | 'streamed';
  readonly said: Said;
  readonly travel: Travel;
  readonly leaving?: Leaving;
  readonly after?: number;
  readonly behind?: string;
}

/** Asks for an answer that is said and travels just so; a stream gives the text that it delivered as well. */
async function ask(
  { adapter }: SpokenAnswer,
  asked: Asked,
): Promise<{ result: ProviderResult; text?: string }> {
  const { mode, said, travel, leaving = 'keeps', after = 500, behind = '' } = asked;
  const text = mode === 'whole' ? textOf(said[0] ?? '') : streamOf(said, travel.newline);
  stage.script = (request) => send(request, text + behind, travel, { leaving, after });
  const provider = await stage.factory.provider({
    slug: 'them',
    adapter,
    baseUrl: stage.server.baseUrl,
    credential: 'k',
  });
  const request = question({ tools: [weather] });
  if (mode === 'whole') return { result: await provider.call(request, nobodyLeaves()) };
  return readAll(provider.stream(request, nobodyLeaves()));
}

function saidOf(spoken: SpokenAnswer, mode: 'whole' | 'streamed'): Said {
  return mode === 'whole' ? [spoken.whole] : [...spoken.said, ...spoken.reason, ...spoken.marker];
}

/** Of Responses. */
const filtered = {
  whole: { output: [], status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
  reason: [
    {
      type: 'response.incomplete',
      response: { id: 'r', incomplete_details: { reason: 'content_filter' }, status: 'incomplete' },
    },
  ],
};

/** What a model brings about, in the words of each dialect: whole, and as the end of a stream. */
const doings: Readonly<Record<string, readonly { whole: object; reason: object[] }[]>> = {
  ...ofAllChats(
    ['content_filter', 'malformed_function_call', 'tool_calls'].map((word) => ({
      whole: { choices: [{ index: 0, message: { role: 'assistant', content: null }, finish_reason: word }] },
      reason: [{ choices: [{ index: 0, delta: {}, finish_reason: word }] }],
    })),
  ),
  'anthropic messages': ['refusal', 'tool_use'].map((word) => ({
    whole: { content: [], stop_reason: word },
    reason: [{ type: 'message_delta', delta: { stop_reason: word }, usage: { output_tokens: 7 } }],
  })),
  'openai responses': [filtered],
  'responses of xai': [filtered],
  'chat of cohere': [
    {
      whole: { message: { role: 'assistant' }, finish_reason: 'TOOL_CALL' },
      reason: [{ type: 'message-end', delta: { finish_reason: 'TOOL_CALL' } }],
    },
  ],
  'google generateContent': ['MALFORMED_FUNCTION_CALL', 'SAFETY', 'UNEXPECTED_TOOL_CALL'].map((word) => ({
    whole: { candidates: [{ content: {}, finishReason: word }] },
    reason: [{ candidates: [{ content: {}, finishReason: word }] }],
  })),
};

describe.each(Object.entries(spokenAnswers))('an answer in %s', (name, spoken) => {
  const modes = fc.constantFrom('whole', 'streamed');
  const leavings = fc.constantFrom<Leaving>('keeps', 'closes', 'resets', 'halves');

  it('is the same however it travels', async () => {
    await fc.assert(
      fc.asyncProperty(
        modes,
        travels,
        fc.constantFrom('', '\n', ': bye\n\n'),
        async (mode, travel, behind) => {
          const said = saidOf(spoken, mode);
          const { result } = await ask(spoken, {
            mode,
            said,
            travel,
            behind: mode === 'whole' ? '' : behind,
          });
          expect(result).toMatchObject({ ok: true, answer: { text: 'Fine, thanks.', finishReason: 'stop' } });
        },
      ),
      runs,
    );
  });

  it('is the same whatever is in it that nobody knows', async () => {
    await fc.assert(
      fc.asyncProperty(modes, travels, mutations(4), async (mode, travel, additions) => {
        const said = enrich(saidOf(spoken, mode), additions);
        const { result } = await ask(spoken, { mode, said, travel });
        expect(result).toMatchObject({ ok: true, answer: { text: 'Fine, thanks.', finishReason: 'stop' } });
      }),
      runs,
    );
  });

  it('that is said otherwise is an answer or a classified failure, and never a fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ mode: modes, travel: travels, leaving: leavings, after: fc.nat(1000) }),
        mutations(4),
        fc.constantFrom('', '\n\n', 'data: {"x":\n\n', '<html>'),
        async (how, all, behind) => {
          const said = mutate(saidOf(spoken, how.mode), all);
          const { result } = await ask(spoken, { ...how, said, behind });
          if (result.ok) {
            const { inputTokens, outputTokens, reasoningTokens } = result.answer.usage;
            for (const count of [inputTokens, outputTokens, reasoningTokens]) {
              expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
            }
          } else expect(result.failure.failureClass).not.toBe('INTERNAL');
        },
      ),
      runs,
    );
  });

  it('that was cut is never passed for a whole one', async () => {
    await fc.assert(
      fc.asyncProperty(modes, travels, fc.nat(1000), async (mode, travel, after) => {
        const { reason, marker } = spoken;
        const last = mode === 'whole' || reason.length === 0 ? marker : reason;
        const said = mode === 'whole' ? saidOf(spoken, mode) : [...spoken.said, ...last];
        const { result } = await ask(spoken, { mode, said, travel, leaving: 'halves', after });
        if (result.ok) expect(result.answer.text).toBe('Fine, thanks.');
        else expect(result.failure.failureClass).toBe('MALFORMED');
      }),
      runs,
    );
  });

  it('that its model has spoilt counts for no breaker, however it travels', async () => {
    await fc.assert(
      fc.asyncProperty(modes, travels, fc.constantFrom(...doings[name]!), async (mode, travel, doing) => {
        const said =
          mode === 'whole'
            ? [{ ...spoken.whole, ...doing.whole }]
            : [spoken.said[0]!, ...doing.reason, ...spoken.marker.filter(() => reasonIsApart(name))];
        const { result } = await ask(spoken, { mode, said, travel });
        expect(result.ok ? 'no failure' : signalOf(result.failure)).toMatch(/neutral|no failure/);
      }),
      runs,
    );
  });
});

/** What a failure means to the breaker of its model. */
function signalOf({ failureClass }: ProviderFailure): string {
  const time = { ranOwnLimit: false, ranStreamLimit: false, elapsedMs: 5, fullAnswerMs: 5 };
  return `${failureClass}: ${judge(failureClass, { httpStatus: null, ...time }).signal}`;
}

/** Google says it all in one chunk, and Responses in its marker. */
function reasonIsApart(name: string): boolean {
  return name === 'chat completions' || name === 'anthropic messages';
}
