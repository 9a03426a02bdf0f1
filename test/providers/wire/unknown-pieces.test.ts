import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf, failureOf } from '../../support/providers/provider-calls.ts';
import { eventStream, ofAllChats, spokenAnswers } from './answers.ts';
import { openWireStage, sendsStream, sendsWhole, type WireStage } from './wire-stage.ts';

let stage: WireStage;
beforeEach(async () => {
  stage = await openWireStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

type Events = readonly (object | string)[];

/** Pieces of an answer that nobody knows, or that are odd, in each dialect; none of them changes what it says. */
const oddities: Readonly<Record<string, { whole: readonly object[]; events: readonly Events[] }>> = {
  ...ofAllChats({
    whole: [
      { error: null },
      { created: '2026-11-27', model: 5, id: 12, service_tier: 7, system_fingerprint: null },
      { usage: { prompt_tokens: 11, completion_tokens: 7, prompt_tokens_details: 'none', cost: '0.1' } },
      choice({ role: 'model', content: [{ type: 'text', text: 'Fine, thanks.' }, { type: 'hologram' }, 5] }),
      choice({ content: 'Fine, thanks.', reasoning: { effort: 1 }, reasoning_content: ['x'] }),
      choice({ content: 'Fine, thanks.', tool_calls: [{ id: 'x', type: 'custom', custom: { name: 'x' } }] }),
      choice({ content: 'Fine, thanks.', tool_calls: {}, annotations: 5, audio: true }),
    ],
    events: [
      [{ object: 'chat.something.new', progress: 0.5 }],
      [{ type: 'ping' }, 'null', '"ping"', '5', '[]', ''],
      [{ choices: null }, { choices: [null, 5] }, { choices: [] }],
      [{ error: null, choices: [{ index: 0, delta: {}, finish_reason: null }], usage: null }],
      [delta({ role: 'model' }), delta({ role: 7 }), delta({ content: { text: 'x' } })],
      [delta({ content: [{ type: 'hologram' }, 'x'] }), delta({ reasoning: {}, tool_calls: {} })],
      [delta({ tool_calls: [{ index: 0, type: 'custom', custom: { name: 'x' } }] })],
      [{ choices: [{ index: 0, delta: 'x', finish_reason: null }] }, { choices: [{ index: 0 }] }],
      [{ id: 5, created: '2026-11-27', model: null, choices: [] }],
    ],
  }),
  'anthropic messages': {
    whole: [
      { error: null },
      { content: [{ type: 'hologram', data: 'x' }, { type: 'text', text: 'Fine, thanks.' }, 'x', null] },
      { content: [{ type: 'text', text: 'Fine, thanks.', citations: [{ type: 'new_location' }] }] },
      {
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'Fine, thanks.' },
        ],
      },
      { container: { id: 5 }, context_management: { applied_edits: [{ type: 'new' }] }, model: 5 },
      { stop_details: 'x', safeguard_results: {}, service_tier: 5, type: undefined },
      { usage: { input_tokens: 11, output_tokens: 7, iterations: [{ type: 'new' }], service_tier: {} } },
    ],
    events: [
      [{ type: 'safeguard_update', score: 1 }, { type: 'message_progress' }, { progress: 1 }],
      [{ type: 'content_block_delta', index: 0, delta: { type: 'hologram_delta', data: 'x' } }],
      [{ type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: {} } }],
      [
        { type: 'content_block_start', index: 7, content_block: { type: 'hologram', data: 'x' } },
        { type: 'content_block_delta', index: 7, delta: { type: 'hologram_delta', data: 'x' } },
        { type: 'content_block_delta', index: 7, delta: { type: 'text_delta', text: 'not said' } },
        { type: 'content_block_delta', index: 7, delta: { type: 'input_json_delta', partial_json: '{' } },
        { type: 'content_block_stop', index: 7 },
      ],
      [{ type: 'ping', new: true }, 'null', '', '[]'],
      [{ type: 'message_delta', delta: { container: 5 }, usage: null }],
      [{ type: 'content_block_stop', index: null }, { type: 'content_block_start' }],
    ],
  },
  'openai responses': {
    whole: [
      { error: null },
      { output: [{ type: 'hologram', id: 'h' }, said({ type: 'output_text', text: 'Fine, thanks.' }), 5] },
      { output: [{ ...said({ type: 'output_text', text: 'Fine, thanks.' }), phase: 'encore', id: 5 }] },
      {
        output: [
          said(
            { type: 'output_text', text: 'Fine, thanks.', annotations: [{ type: 'new' }], logprobs: 5 },
            { type: 'output_hologram', data: 'x' },
          ),
        ],
      },
      {
        output: [
          { type: 'reasoning', summary: [{ type: 'new' }] },
          said({ type: 'output_text', text: 'Fine, thanks.' }),
        ],
      },
      { created_at: 'now', model: null, id: null, service_tier: 5, reasoning: { context: 5 } },
      { prompt_cache_diagnostics: 'x', incomplete_details: {} },
    ],
    events: [
      [{ type: 'response.hologram.delta', delta: 'x' }, { type: 'response.in_progress' }, { progress: 1 }],
      [
        { type: 'response.output_item.added', output_index: 9, item: { type: 'hologram', id: 'h' } },
        { type: 'response.output_item.done', output_index: 9, item: { type: 'hologram', id: 'h' } },
        { type: 'response.output_item.added', output_index: 8, item: { type: 'web_search_call', id: 5 } },
      ],
      [{ type: 'response.content_part.added', part: { type: 'output_hologram' } }],
      [{ type: 'response.output_text.annotation.added', annotation: { type: 'new' } }],
      [{ type: 'response.created', response: { id: null } }, 'null', '', '[]'],
      [{ type: 'response.output_text.delta', item_id: 'msg_1', delta: '', logprobs: 5 }],
    ],
  },
  'chat of cohere': {
    whole: [
      { error: null, meta: 5 },
      { usage: { tokens: { input_tokens: 11, output_tokens: 7 }, billed_units: 5, cached_tokens: 'x' } },
      {
        message: {
          ...{ role: 5, tool_plan: 7, tool_calls: [5], citations: [{ start: 'x' }] },
          content: [{ type: 'hologram' }, { type: 'text', text: 'Fine, thanks.' }, 5],
        },
      },
      { message: { content: 'Fine, thanks.' } },
      { generation_id: 5, prompt: 7 },
    ],
    events: [
      [{ type: 'hologram-delta', delta: 5 }, { type: 'debug' }, { progress: 1 }, 'null', '', '[]'],
      [{ type: 'citation-start', index: 0, delta: { message: { citations: 5 } } }, { type: 'citation-end' }],
      [{ type: 'content-start', index: 7, delta: { message: { content: { type: 'hologram' } } } }],
      [{ type: 'content-delta', index: 7, delta: { message: { content: { hologram: 'x' } } } }],
      [
        { type: 'tool-plan-delta', delta: null },
        { type: 'tool-call-delta', delta: {} },
      ],
    ],
  },
  'google generateContent': {
    whole: [
      { error: null },
      candidate({ parts: [{ hologram: {} }, { text: 'Fine, thanks.' }, { inlineData: { mimeType: 5 } }, 5] }),
      candidate({ parts: [{ text: 'Fine, thanks.', thought: 'no', thoughtSignature: 5, videoMetadata: 5 }] }),
      candidate({ parts: [{ executableCode: { language: 5 } }, { text: 'Fine, thanks.' }] }),
      candidate({ parts: [{ text: 'Fine, thanks.' }] }, { groundingMetadata: { groundingChunks: 5 } }),
      candidate({ parts: [{ text: 'Fine, thanks.' }] }, { safetyRatings: 'safe', urlContextMetadata: 5 }),
      candidate(
        { parts: [{ text: 'Fine, thanks.' }] },
        { citationMetadata: 5, avgLogprobs: 'x', tokenCount: {} },
      ),
      { responseId: 5, modelVersion: 7, promptFeedback: { safetyRatings: 5 } },
      {
        usageMetadata: {
          promptTokenCount: 11,
          candidatesTokenCount: 7,
          trafficType: 5,
          promptTokensDetails: [{ modality: 5 }],
        },
      },
    ],
    events: [
      [{ type: 'progress' }, { candidates: [] }, { candidates: null }, { candidates: [5] }],
      [candidate({ parts: [{ hologram: {} }] }), candidate({ parts: null }), candidate({})],
      [candidate({ parts: [{ text: 5 }, { functionCall: 'x' }, { toolCall: {} }] })],
      [candidate({ parts: [] }, { safetyRatings: 'safe', groundingMetadata: 5, finishReason: null })],
      [{ responseId: 5 }, 'null', '', '[]', { promptFeedback: { blockReason: '', safetyRatings: 5 } }],
    ],
  },
};

function choice(message: object) {
  return { choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }] };
}

function delta(given: object) {
  return { choices: [{ index: 0, delta: given, finish_reason: null }] };
}

function said(...content: object[]) {
  return { type: 'message', id: 'msg_1', role: 'assistant', content };
}

function candidate(content: object, more: object = {}) {
  return { candidates: [{ content: { role: 'model', ...content }, finishReason: 'STOP', ...more }] };
}

describe.each(Object.entries(oddities))('an answer in %s', (name, { whole, events }) => {
  const spoken = spokenAnswers[name]!;

  it.each(whole.map((odd): [string, object] => [JSON.stringify(odd), odd]))(
    'is read as a whole with %s',
    async (_text, odd) => {
      stage.script = sendsWhole({ ...spoken.whole, ...odd });
      const answer = answerOf(await stage.call(spoken.adapter));
      expect(answer).toMatchObject({ text: 'Fine, thanks.', finishReason: 'stop', usage: spoken.usage });
    },
  );

  it.each(events.map((odd): [string, Events] => [JSON.stringify(odd), odd]))(
    'is read as a stream with %s in it, wherever that is',
    async (_text, odd) => {
      const { said: pieces, reason, marker } = spoken;
      const ending = [...reason, ...marker];
      for (const at of [1, pieces.length]) {
        // A reason within would be the end of it.
        const within = odd.map(withoutReason);
        const all = [...pieces.slice(0, at), ...within, ...pieces.slice(at), ...ending];
        stage.script = sendsStream(eventStream(all, '\r\n'));
        const { result, text } = await stage.stream(spoken.adapter);
        expect(answerOf(result)).toMatchObject({
          text: 'Fine, thanks.',
          finishReason: 'stop',
          usage: spoken.usage,
        });
        expect(text).toBe('Fine, thanks.');
      }
    },
  );

  it('is read as a stream with comments, heartbeats and fields that nobody knows between its events', async () => {
    const noise = [
      ': waiting',
      'retry: 5',
      'id: 7',
      'hologram: yes',
      'event: heartbeat\ndata: ok',
      'data:',
      'data',
    ];
    const all = [...spoken.said, ...spoken.reason, ...spoken.marker];
    stage.script = sendsStream(
      all.map((event) => `${noise.join('\n\n')}\n\n${eventStream([event])}`).join(''),
    );
    expect(answerOf((await stage.stream(spoken.adapter)).result)).toMatchObject({ text: 'Fine, thanks.' });
  });

  it('is read as a stream of events that are spread over lines', async () => {
    const all = [...spoken.said, ...spoken.reason, ...spoken.marker];
    const spread = all.map((event) =>
      typeof event === 'string' ? event : JSON.stringify(event, null, 1).replaceAll('\n', '\ndata: '),
    );
    stage.script = sendsStream(`\uFEFF${eventStream(spread)}`);
    expect(answerOf((await stage.stream(spoken.adapter)).result)).toMatchObject({ text: 'Fine, thanks.' });
  });
});

function withoutReason(event: object | string): object | string {
  if (typeof event === 'string' || !('candidates' in event)) return event;
  return JSON.parse(
    JSON.stringify(event, (key, value: unknown) => (key === 'finishReason' ? undefined : value)),
  ) as object;
}

describe('a tool call whose arguments hold what would reach into prototypes', () => {
  const weather = { name: 'weather', parameters: { type: 'object' } } as const;
  const input = '{"city":"Oslo","__proto__":{"x":1},"constructor":{"prototype":{"y":2}}}';
  const calls = {
    anthropic: `{"type":"message","id":"m","content":[{"type":"tool_use","id":"t","name":"weather","input":${input}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
    google: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"weather","args":${input}}}]},"finishReason":"STOP"}]}`,
  } as const;

  it.each(Object.entries(calls))('is handed out without that, by %s', async (adapter, body) => {
    stage.script = sendsWhole(body);
    const { toolCalls } = answerOf(await stage.call(adapter as 'anthropic', { tools: [weather] }));
    expect(JSON.parse(toolCalls[0]!.arguments)).toEqual({ city: 'Oslo', constructor: {} });
  });

  it('is handed out without that, by a stream of google', async () => {
    stage.script = sendsStream(`data: ${calls.google}\n\n`);
    const { toolCalls } = answerOf((await stage.stream('google', { tools: [weather] })).result);
    expect(JSON.parse(toolCalls[0]!.arguments)).toEqual({ city: 'Oslo', constructor: {} });
  });

  it.each(['anthropic', 'google'] as const)('is no answer when it is bottomless, by %s', async (adapter) => {
    const bottomless = `{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    for (const body of [calls[adapter], `{"usage":"odd","error":null,${calls[adapter].slice(1)}`]) {
      stage.script = sendsWhole(body.replace(input, bottomless));
      expect(failureOf(await stage.call(adapter, { tools: [weather] }))).toMatchObject({
        failureClass: 'MALFORMED',
      });
      stage.script = sendsStream(`data: ${body.replace(input, bottomless)}\n\n`);
      expect(failureOf((await stage.stream(adapter, { tools: [weather] })).result)).toMatchObject({
        failureClass: 'MALFORMED',
      });
    }
  });
});

describe('tool arguments as an object, as some servers write them', () => {
  const weather = { name: 'weather', parameters: { type: 'object' } } as const;
  const call = { id: 'c', type: 'function', function: { name: 'weather', arguments: { city: 'Oslo' } } };

  it('are handed out as JSON', async () => {
    const odd = choice({ content: null, tool_calls: [call] });
    stage.script = sendsWhole({ ...spokenAnswers['chat completions']!.whole, ...odd });
    const { toolCalls } = answerOf(await stage.call('openai-compatible', { tools: [weather] }));
    expect(toolCalls).toMatchObject([{ name: 'weather', arguments: '{"city":"Oslo"}' }]);
    const { reason, marker } = spokenAnswers['chat completions']!;
    stage.script = sendsStream(
      eventStream([delta({ tool_calls: [{ index: 0, ...call }] }), ...reason, ...marker]),
    );
    const streamed = answerOf((await stage.stream('openai-compatible', { tools: [weather] })).result);
    expect(streamed.toolCalls).toMatchObject([{ name: 'weather', arguments: '{"city":"Oslo"}' }]);
  });
});
