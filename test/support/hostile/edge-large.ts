import { EMBED_MODEL, ABLE_MODEL } from './edge-bodies.ts';

/** As much as a body may have, and a little less. */
const BYTES = 9.5 * 2 ** 20;
const text = 'x'.repeat(BYTES);
const list = <T>(count: number, each: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => each(index));
const names = (count: number) => Object.fromEntries(list(count, (index) => [`name${index}`, 'a']));
const schema = (count: number) => ({ type: 'object', properties: names(count) });
/** Lists within each other, as text, and of arguments within a text. */
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const user = (content: unknown) => [{ role: 'user', content }];
const tool = (parameters: object) => ({
  ...{ type: 'function', name: 't', parameters, input_schema: parameters },
  function: { name: 't', parameters },
});
const called = (id: string, args: string) => [
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: args } }],
  },
];
const used = (input: unknown) => [
  { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input }] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] },
];

/** What is said, by what is large about it. */
const conversations: Readonly<Record<string, unknown>> = {
  'a text': user(text),
  'no list': text,
  'a role': [{ role: text, content: 'a' }],
  'a kind of part': user([{ type: text, text: 'a' }]),
  messages: list(30_000, () => ({ role: 'user', content: 'Hello.' })),
  texts: list(95_000, () => 'a'),
  parts: user(list(30_000, () => ({ type: 'text', text: 'a' }))),
  'an image by its URL': user([{ type: 'image_url', image_url: { url: `data:image/png;base64,${text}` } }]),
  'an image that is none': user([{ type: 'image_url', image_url: { url: `data:${text}` } }]),
  'an image of a block': user([
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: text } },
  ]),
  'an image of an item': user([{ type: 'input_image', image_url: `data:image/png;base64,${text}` }]),
  'a file’s name': user([
    { type: 'file', file: { filename: text, file_data: 'data:application/pdf;base64,AAAA' } },
  ]),
  'the id of a call': called(text, '{}'),
  'arguments that nest': called('a', nested(BYTES / 2)),
  'an input of many names': used(names(45_000)),
  thoughts: [
    ...user('a'),
    { role: 'assistant', content: [{ type: 'thinking', thinking: text, signature: 'a' }] },
  ],
  'an item of reasoning': [
    ...user('a'),
    { type: 'reasoning', id: 'r', summary: [], encrypted_content: text },
  ],
};

/** Whatever else a body may say, by what is large about it. */
const parameters: Readonly<Record<string, object>> = {
  'a model': { model: text },
  'an unknown name': { [text]: 1 },
  'unknown names': names(45_000),
  tools: { tools: list(9_000, () => tool({})) },
  'a schema': { tools: [tool(schema(9_000))] },
  metadata: { metadata: { user_id: text, [text.slice(0, 1_000)]: 'a' } },
  'a user': { user: text },
  'a session': { prompt_cache_key: text },
  stops: { stop: list(90_000, () => 'stop') },
  'models to choose from': { switchyard: { models: list(90_000, (index) => `a/m${index}`) } },
  labels: { switchyard: { labels: names(45_000) } },
  'the key of a repeat': { switchyard: { idempotencyKey: text } },
  'what is refused': {
    logit_bias: names(9_000),
    store: list(9_000, () => 1),
    mcp_servers: list(9_000, () => 1),
  },
};

const places = {
  '/v1/chat/completions': 'messages',
  '/v1/responses': 'input',
  '/v1/messages': 'messages',
  '/v1/messages/count_tokens': 'messages',
  '/v1/embeddings': 'input',
} as const;

/** A request to one of the clients' APIs. */
export interface LargeBody {
  readonly path: string;
  readonly kind: string;
  readonly body: string;
}

/** Requests of megabytes to each of the clients' APIs, in as many forms as there are; made one after the other. */
export function* largeBodies(): Generator<LargeBody> {
  for (const [path, place] of Object.entries(places)) {
    const model = path === '/v1/embeddings' ? EMBED_MODEL : ABLE_MODEL;
    const base = { model, ...(path === '/v1/messages' ? { max_tokens: 20 } : {}) };
    for (const [kind, said] of Object.entries(conversations)) {
      yield { path, kind, body: JSON.stringify({ ...base, [place]: said }) };
    }
    for (const [kind, more] of Object.entries(parameters)) {
      yield { path, kind, body: JSON.stringify({ ...base, [place]: user('Hello.'), ...more }) };
    }
    const open = JSON.stringify(base).slice(0, -1);
    yield { path, kind: 'spaces', body: `${open},${' '.repeat(BYTES)}"${place}":"a"}` };
    yield { path, kind: 'escapes', body: `${open},"${place}":"${'\\u0041'.repeat(BYTES / 6)}"}` };
    yield { path, kind: 'lists', body: `${open},"${place}":${nested(BYTES / 2 - 100)}}` };
    yield {
      path,
      kind: 'lists that may be',
      body: `${open},"${place}":[${nested(900)}],"tools":${nested(900)}}`,
    };
  }
}
