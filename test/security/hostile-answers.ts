import { chatCompletion, type ScriptedReply } from '../support/providers/scripted-provider.ts';

/** A text as it stands, in the place of what JSON cannot say. */
function worded(reply: object, mark: string, text: string): string {
  return JSON.stringify(reply).replaceAll(`"${mark}"`, text);
}

/** What a provider may count instead of tokens. */
export const oddCounts = [
  '-1',
  '-5000',
  '12.5',
  '1e18',
  '1e400',
  '"7"',
  'null',
  '{}',
  '[]',
  'true',
  '9007199254740993',
  'NaN',
];

function withUsage(count: string): ScriptedReply {
  const usage = { prompt_tokens: 'COUNT', completion_tokens: 'COUNT', total_tokens: 'COUNT' };
  return { body: worded({ ...chatCompletion({}), usage }, 'COUNT', count) };
}

const event = (delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  choices: [{ index: 0, delta, finish_reason }],
});
const ended = event({}, 'stop');
const called = (call: object) => event({ tool_calls: [call] });

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const call = { id: 'c', name: 'f', arguments: '{}' };
const long = 'x'.repeat(2_500_000);

/** What a provider may say, by what is odd about it. All of it on its own is over at once. */
export const hostileAnswers: Readonly<Record<string, ScriptedReply>> = {
  ...Object.fromEntries(oddCounts.map((count) => [`usage of ${count}`, withUsage(count)])),
  ...Object.fromEntries(
    oddCounts.map((count) => [
      `a stream whose usage is ${count}`,
      {
        events: [
          event({ content: 'Hi' }),
          worded({ ...ended, usage: { prompt_tokens: 'COUNT', completion_tokens: 'COUNT' } }, 'COUNT', count),
          '[DONE]',
        ],
      },
    ]),
  ),
  'an empty body': { body: '' },
  'no JSON': { body: '<html>busy</html>', headers: { 'content-type': 'text/html' } },
  null: { body: 'null' },
  'a list': { body: '[]' },
  'a body that nests': { body: deep },
  'a prototype': { body: '{"__proto__":{"choices":[]},"constructor":{"prototype":{"a":1}}}' },
  'no choices': { body: { id: 'x', choices: [] } },
  'a choice that is none': { body: { id: 'x', choices: [null] } },
  'a message that is a list': {
    body: { id: 'x', choices: [{ index: 0, message: [], finish_reason: 'stop' }] },
  },
  'a text with NUL and half a pair': { text: 'a\u0000b\ud800c\u2028' },
  'a reason of its own': { finishReason: 'because \u0000' },
  'a large text': { text: long },
  'a text beyond all bounds': { text: long.repeat(2) },
  'an error of 2 MB': { status: 500, body: { error: { message: long } } },
  'an error with NUL': { status: 400, body: { error: { message: 'a\u0000b', code: '\ud800' } } },
  'an error that is a number': { status: 422, body: { error: 7 } },
  'an error in a success': { body: { error: { message: 'no', code: 'insufficient_quota' } } },
  'a status of 600': { status: 600, body: {} },
  'a status of 299': { status: 299 },
  'a redirect': { status: 307, headers: { location: 'http://169.254.169.254/' }, body: {} },
  'no content': { status: 204, body: '' },
  'a cut': { fault: 'truncate' },
  'a reset': { fault: 'reset' },
  'too many calls': { toolCalls: Array.from({ length: 1500 }, (_, index) => ({ ...call, id: `c${index}` })) },
  'a call with a long id': { toolCalls: [{ ...call, id: long }] },
  'a call with a long name': { toolCalls: [{ ...call, name: long }] },
  'a call with long arguments': { toolCalls: [{ ...call, arguments: `{"a":"${long}"}` }] },
  'a call with deep arguments': { toolCalls: [{ ...call, arguments: deep }] },
  'a call without a name': { toolCalls: [{ ...call, name: '' }] },
  'calls with one id': { toolCalls: [call, call, { ...call, id: '' }, { ...call, id: '' }] },
  'arguments that are no text': {
    body: {
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { tool_calls: [{ id: 7, function: { name: 'f', arguments: [1] } }] },
        },
      ],
    },
  },
  'a stream without an end': { streamFault: 'no-finish' },
  'a stream without a marker': { streamFault: 'no-done' },
  'a stream that is cut': { chunks: ['a', 'b'], streamFault: 'cut', afterChunks: 1 },
  'a stream that is no JSON': { chunks: ['a', 'b'], streamFault: 'malformed', afterChunks: 1 },
  'a stream that tells an error': { chunks: ['a', 'b'], streamFault: 'error', afterChunks: 1 },
  'a stream of nothing': { events: [] },
  'a stream of comments': { events: Array<string>(500).fill('') },
  'a stream that nests': { events: [deep, event({ content: 'a' }), ended] },
  'a flood of small pieces': { chunks: Array<string>(3000).fill('x') },
  'a flood of thoughts': {
    events: [...Array<object>(90).fill(event({ reasoning_content: 'x'.repeat(50_000) })), ended],
  },
  'a flood of arguments': {
    events: [
      called({ index: 0, id: 'c', function: { name: 'f', arguments: '' } }),
      ...Array<object>(90).fill(called({ index: 0, function: { arguments: 'x'.repeat(50_000) } })),
      ended,
    ],
  },
  'calls with odd places': {
    events: [
      ...[-1, 1e9, null, '0', 0.5].map((index) =>
        called({ index, id: 'c', function: { name: 'f', arguments: '{}' } }),
      ),
      event({}, 'tool_calls'),
    ],
  },
  'limits that are odd': {
    headers: {
      'x-ratelimit-limit-requests': '-1',
      'x-ratelimit-remaining-requests': 'NaN',
      'x-ratelimit-remaining-tokens': '1e400',
      'x-ratelimit-reset-requests': '99999999999999999999d',
      'retry-after': '-5',
    },
  },
  'a pause without an end': { status: 429, headers: { 'retry-after': '1e400' }, body: {} },
  'a pause in the past': {
    status: 429,
    headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    body: {},
  },
  'a pause that is none': {
    status: 503,
    headers: { 'retry-after': 'soon', 'retry-after-ms': '-1' },
    body: {},
  },
  'a coding that is none': { headers: { 'content-encoding': 'gzip' } },
  'a coding that nobody knows': { headers: { 'content-encoding': 'utf-8, x' } },
  'an odd type': { headers: { 'content-type': 'text/event-stream' } },
  'many headers': {
    headers: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-h-${index}`, 'v'.repeat(40)])),
  },
};
