import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCounts, usageOf, usageSoFar } from '../../../src/providers/ai-sdk/token-counts.ts';

const estimate = { input: () => 100, output: () => 200 };
const counted = (...bodies: unknown[]) =>
  bodies.reduce<ReturnType<typeof readCounts>>((before, body) => readCounts(body, before), undefined);
const usage = (...bodies: unknown[]) => usageOf(counted(...bodies), estimate);
const exactly = (inputTokens: number, outputTokens: number, reasoningTokens = 0) => ({
  inputTokens,
  outputTokens,
  reasoningTokens,
});
const about = (inputTokens: number, outputTokens: number, reasoningTokens = 0) => ({
  ...exactly(inputTokens, outputTokens, reasoningTokens),
  isEstimated: true,
});

const part = (cachedInputTokens: number, cacheWriteTokens?: number) => ({
  cachedInputTokens,
  ...(cacheWriteTokens !== undefined && { cacheWriteTokens }),
});

/** Each dialect's body, or chunk, that counts input, output and reasoning. */
const dialects: Readonly<Record<string, (input: unknown, output: unknown, reasoning: unknown) => unknown>> = {
  'Chat Completions': (input, output, reasoning) => ({
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      completion_tokens_details: { reasoning_tokens: reasoning },
    },
  }),
  Responses: (input, output, reasoning) => ({
    usage: {
      input_tokens: input,
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: reasoning },
    },
  }),
  'a chunk of Responses': (input, output, reasoning) => ({
    response: {
      usage: {
        input_tokens: input,
        output_tokens: output,
        output_tokens_details: { reasoning_tokens: reasoning },
      },
    },
  }),
  'the start of an Anthropic message': (input, output, reasoning) => ({
    message: {
      usage: {
        input_tokens: input,
        output_tokens: output,
        output_tokens_details: { thinking_tokens: reasoning },
      },
    },
  }),
  Groq: (input, output, reasoning) => ({
    x_groq: { usage: { prompt_tokens: input, completion_tokens: output, reasoning_tokens: reasoning } },
  }),
  Moonshot: (input, output, reasoning) => ({
    choices: [{ usage: { prompt_tokens: input, completion_tokens: output, reasoning_tokens: reasoning } }],
  }),
};

const implausible = [12.5, -5000, 4_294_967_296, 1e18, 2 ** 53 + 1, 1e400, Number.NaN, '12', true, [], {}];

describe.each(Object.entries(dialects))('the counts of %s', (_name, body) => {
  it('are read', () => {
    expect(usage(body(10, 5, 4))).toEqual(exactly(10, 5, 4));
    expect(usage(body(0, 0, undefined))).toEqual(exactly(0, 0));
  });

  it.each(implausible)('are dropped and estimated where they cannot be: %s', (none) => {
    expect(usage(body(none, 5, 4))).toEqual(about(100, 5, 4));
    expect(usage(body(10, none, 4))).toEqual(about(10, 200, 4));
    expect(usage(body(10, 5, none))).toEqual(about(10, 5));
    expect(usage(body(none, none, none))).toEqual(about(100, 200));
  });

  it('are estimated where they are not told', () => {
    expect(usage(body(null, undefined, null))).toEqual(about(100, 200));
    expect(usage(body(10, null, undefined))).toEqual(about(10, 200));
    expect(usage({})).toEqual(about(100, 200));
  });

  it('hold no more reasoning than output', () => {
    expect(usage(body(10, 5, 6))).toEqual(about(10, 5));
  });
});

describe('the counts of google', () => {
  const body = (input: unknown, answer: unknown, thoughts?: unknown) => ({
    usageMetadata: { promptTokenCount: input, candidatesTokenCount: answer, thoughtsTokenCount: thoughts },
  });

  it('add thoughts to the answer', () => {
    expect(usage(body(3, 2, 5))).toEqual(exactly(3, 7, 5));
    expect(usage(body(3, undefined, 2))).toEqual(exactly(3, 2, 2));
  });

  it.each(implausible)('are dropped and estimated where they cannot be: %s', (none) => {
    expect(usage(body(none, 5, 4))).toEqual(about(100, 9, 4));
    expect(usage(body(10, none, 4))).toEqual(about(10, 200, 4));
    expect(usage(body(10, 5, none))).toEqual(about(10, 200));
  });
});

it('counts what a gateway holds in its cache once, where it counts it into the prompt', () => {
  const body = {
    prompt_tokens: 1000,
    completion_tokens: 10,
    total_tokens: 1010,
    cache_read_input_tokens: 900,
  };
  expect(usage({ usage: body })).toEqual({ ...exactly(1000, 10), cachedInputTokens: 900 });
});

it('reads the tokens of Cohere, and not what it bills', () => {
  const told = {
    billed_units: { input_tokens: 1, output_tokens: 1 },
    tokens: { input_tokens: 10, output_tokens: 5 },
    cached_tokens: 4,
  };
  expect(usage({ usage: told })).toMatchObject(exactly(10, 5));
  expect(usage({ type: 'message-end', delta: { usage: told } })).toMatchObject(exactly(10, 5));
});

describe('the counts of anthropic', () => {
  it('add what its cache holds to the input', () => {
    const cached = { cache_read_input_tokens: 2, cache_creation_input_tokens: 4 };
    expect(usage({ usage: { input_tokens: 1, output_tokens: 1, ...cached } })).toEqual({
      ...exactly(7, 1),
      ...part(2, 4),
    });
    expect(
      usage({ usage: { input_tokens: 1, output_tokens: 1, ...cached, cache_read_input_tokens: -1 } }),
    ).toEqual(about(100, 1));
  });

  it('tell what its cache takes by how long it keeps it, too', () => {
    const cache_creation = { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 40 };
    const told = { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 9, cache_creation };
    expect(usage({ usage: told })).toEqual({ ...exactly(80, 1), ...part(9, 70) });
    const whole = { ...told, cache_creation_input_tokens: 70 };
    expect(usage({ usage: whole })).toEqual({ ...exactly(80, 1), ...part(9, 70) });
  });

  it('keep what the cache held until the end, whatever of the input the end counts anew', () => {
    const cached = { cache_read_input_tokens: 2, cache_creation_input_tokens: 4 };
    const start = { message: { usage: { input_tokens: 11, output_tokens: 1, ...cached } } };
    const ends = [{ output_tokens: 7 }, { input_tokens: 11, output_tokens: 7 }];
    for (const end of [...ends, { input_tokens: 11, output_tokens: 7, ...cached }]) {
      expect(usage(start, { usage: end })).toEqual({ ...exactly(17, 7), ...part(2, 4) });
    }
  });

  it('keep the input of the start until the end, which counts the output anew', () => {
    const start = { message: { usage: { input_tokens: 11, output_tokens: 1 } } };
    expect(usage(start, { usage: { output_tokens: 7 } })).toEqual(exactly(11, 7));
    expect(usage(start, { choices: [], usage: null }, '[DONE]')).toEqual(exactly(11, 1));
    // The first count was not the last: what takes its place cannot be.
    expect(usage(start, { usage: { output_tokens: 12.5 } })).toEqual(about(11, 200));
  });
});

describe('reasoning that is counted beside the completion', () => {
  const body = (total: unknown, reasoning?: unknown) => ({
    usage: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: total,
      completion_tokens_details: { reasoning_tokens: reasoning },
    },
  });

  it('is output where the total tells', () => {
    expect(usage(body(115, 100))).toEqual(exactly(10, 105, 100));
    expect(usage(body(115))).toEqual(exactly(10, 105, 100));
  });

  it('is not counted twice where the total tells nothing of it', () => {
    expect(usage(body(15, 4))).toEqual(exactly(10, 5, 4));
    expect(usage(body(undefined, 4))).toEqual(exactly(10, 5, 4));
    expect(usage(body(17, 4))).toEqual(exactly(10, 5, 4));
    expect(usage(body(1e18, 4))).toEqual(exactly(10, 5, 4));
  });
});

describe('thoughts that Google counts beside the answer', () => {
  const body = (total: unknown, thoughts?: unknown) => ({
    usageMetadata: {
      promptTokenCount: 10,
      candidatesTokenCount: 5,
      thoughtsTokenCount: thoughts,
      totalTokenCount: total,
    },
  });

  it('are output, whether they are told or only the total tells', () => {
    expect(usage(body(115, 100))).toEqual(exactly(10, 105, 100));
    expect(usage(body(undefined, 100))).toEqual(exactly(10, 105, 100));
    expect(usage(body(115))).toEqual(exactly(10, 105, 100));
    expect(usage(body(15))).toEqual(exactly(10, 5));
  });

  it('are not what a tool read', () => {
    const { usageMetadata } = body(40);
    expect(usage({ usageMetadata: { ...usageMetadata, toolUsePromptTokenCount: 25 } })).toEqual(
      exactly(35, 5),
    );
  });
});

describe('the usage of a call that failed', () => {
  it('is what was counted by then', () => {
    expect(usageSoFar(undefined, estimate)).toBeUndefined();
    expect(usageSoFar(counted({ usage: { prompt_tokens: 10 } }), estimate)).toEqual(exactly(10, 0));
    expect(usageSoFar(counted({ usage: { prompt_tokens: 1e18 } }), estimate)).toEqual(about(100, 200));
  });
});

it('is whole, plausible and no less than its parts, whatever is told', () => {
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(...implausible), fc.nat(1000));
  const body = fc.oneof(
    fc.record({
      usage: fc.record(
        {
          prompt_tokens: number,
          completion_tokens: number,
          total_tokens: number,
          input_tokens: number,
          cache_read_input_tokens: number,
          cache_creation_input_tokens: number,
          prompt_tokens_details: fc.record({ cached_tokens: number }, { requiredKeys: [] }),
          completion_tokens_details: fc.record({ reasoning_tokens: number }, { requiredKeys: [] }),
        },
        { requiredKeys: [] },
      ),
    }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.array(body), (bodies) => {
      const used = usage(...bodies);
      const { inputTokens, outputTokens, reasoningTokens } = used;
      const { cachedInputTokens = 0, cacheWriteTokens = 0 } = used;
      for (const tokens of [
        inputTokens,
        outputTokens,
        reasoningTokens,
        cachedInputTokens,
        cacheWriteTokens,
      ]) {
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(0);
        expect(tokens).toBeLessThan(2 ** 31);
      }
      expect(reasoningTokens).toBeLessThanOrEqual(outputTokens);
      expect(cachedInputTokens + cacheWriteTokens).toBeLessThanOrEqual(inputTokens);
    }),
  );
});
