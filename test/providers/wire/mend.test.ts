import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayNeedMending, mendJson } from '../../../src/providers/wire/mend.ts';

const mended = (value: unknown): unknown => JSON.parse(mendJson(JSON.stringify(value)));

describe('the JSON of an answer', () => {
  it.each([
    { usage: { prompt_tokens: 12.5, completion_tokens: 5e18, total_tokens: 9 } },
    { choices: [{ message: { content: 'usage: "prompt_tokens": "12", "error": null, NaN, 1e999' } }] },
    {
      choices: [
        { message: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"index":"x"}' } }] } },
      ],
    },
    { error: { message: 'no' } },
    {
      content: [{ type: 'tool_use', name: 'f', input: { index: 'first', created: 'today', arguments: {} } }],
    },
    [],
    'text',
  ])('stays as it is when nothing is amiss: %j', (value) => {
    expect(mended(value)).toEqual(value);
  });

  it('that was cut amid code full of quotes, or is one long text beside a bare NaN, takes no time to judge', () => {
    const cut = `{"error":null,"usage":{"input_tokens":NaN},"text":"${'\\\\"'.repeat(2_000_000)}`;
    expect(mendJson(cut)).toBe(cut);
    const text = 'x'.repeat(9_000_000);
    const long = `{"error":null,"logprob":NaN,"text":"${text}"}`;
    expect(JSON.parse(mendJson(long))).toMatchObject({ text });
  });

  it('is not even parsed when it cannot need it', () => {
    const usual = { id: 'x', created: 1, choices: [{ index: 0, message: {} }], usage: { prompt_tokens: 1 } };
    expect(mayNeedMending(JSON.stringify(usual))).toBe(false);
    expect(mendJson('{"broken')).toBe('{"broken');
  });

  it.each(['"12"', 'true', '"many"', '[]', 'NaN', 'Infinity', '-Infinity', '1e999', '{}'])(
    'has a number for each count: %s',
    (count) => {
      for (const [before, after] of [
        ['{"usage":{"prompt_tokens":', '}}'],
        ['{"type":"message_start","message":{"usage":{"input_tokens":', '}}}'],
        ['{"response":{"usage":{"output_tokens":', '}}}'],
        ['{"usageMetadata":{"promptTokenCount":', '}}'],
        ['{"usage":{"completion_tokens_details":{"reasoning_tokens":', '}}}'],
      ] as const) {
        expect(mendJson(before + count + after)).toBe(`${before}-1${after}`);
      }
    },
  );

  it('has null for a count where it may', () => {
    const usage = {
      input_tokens: null,
      output_tokens: null,
      cache_read_input_tokens: null,
      total_tokens: null,
    };
    expect(mended({ usage })).toEqual({ usage: { ...usage, input_tokens: -1, output_tokens: -1 } });
  });

  it.each(['n/a', 5, true, [1]])('has no usage that is none: %j', (usage) => {
    expect(mended({ id: 'x', usage })).toEqual({ id: 'x' });
  });

  it.each([
    [{ index: '1' }, { index: 1 }],
    [{ created: '1700000000' }, { created: 1_700_000_000 }],
    [{ created: 'today' }, { created: 0 }],
    [
      { sequence_number: '7', output_index: '0' },
      { sequence_number: 7, output_index: 0 },
    ],
    [{ response: { created_at: '5' } }, { response: { created_at: 5 } }],
  ])('has a number wherever one is due: %j', (value, expected) => {
    expect(mended(value)).toEqual(expected);
  });

  it.each([
    [{ city: 'Oslo' }, '{"city":"Oslo"}'],
    [null, ''],
    [undefined, ''],
    [5, '5'],
  ])('has arguments as text: %j', (args, expected) => {
    const call = { index: '0', function: { name: 'f', arguments: args } };
    const sound = { index: 0, function: { name: 'f', arguments: expected } };
    const choices = (tool_calls: object[], part: string) => ({ choices: [{ [part]: { tool_calls } }] });
    for (const part of ['message', 'delta']) {
      expect(mended(choices([call], part))).toEqual(choices([sound], part));
    }
  });

  it.each([null, false, ''])('has no error that is none: %j', (error) => {
    expect(mended({ id: 'x', error })).toEqual({ id: 'x' });
  });

  it('keeps the words of a model, whatever else is mended', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
        (content) => {
          const text = JSON.stringify({ choices: [{ message: { content } }] });
          const broken = `${text.slice(0, -1)},"usage":{"prompt_tokens":NaN}}`;
          const sound = JSON.parse(mendJson(broken)) as { choices: { message: { content: string } }[] };
          expect(sound.choices[0]?.message.content).toBe(content);
        },
      ),
    );
  });
});
