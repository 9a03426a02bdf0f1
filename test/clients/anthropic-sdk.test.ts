import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  clientPackage,
  openClientStage,
  weatherCall,
  weatherSchema,
  type ClientPackage,
  type ClientStage,
} from './stage.ts';

let stage: ClientStage;
let sdk: ClientPackage;
let client: ClientPackage;

beforeAll(async () => {
  stage = await openClientStage();
  sdk = await clientPackage('@anthropic-ai/sdk');
  client = new sdk.default({ apiKey: stage.apiKey, baseURL: stage.origin });
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => [stage.first, stage.second].forEach((provider) => provider.reset()));

const hello = { model: 'auto', max_tokens: 100, messages: [{ role: 'user', content: 'Say hello.' }] };
const tools = [{ name: 'weather', input_schema: weatherSchema }];
const thinking = [
  { choices: [{ index: 0, delta: { reasoning_content: 'Hm.' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: { content: 'Hello.' }, finish_reason: 'stop' }] },
  '[DONE]',
];

describe('@anthropic-ai/sdk', () => {
  it('gets a message', async () => {
    const message = await client.messages.create(hello);
    expect(message.content).toEqual([{ type: 'text', text: 'Hello.' }]);
    expect(message.stop_reason).toBe('end_turn');
    expect(message.usage).toMatchObject({ input_tokens: 10, output_tokens: 5 });
  });

  it('streams text, and has the message in the end', async () => {
    stage.first.always({ chunks: ['Hel', 'lo.'] });
    const stream = client.messages.stream(hello);
    const texts: string[] = [];
    stream.on('text', (text: string) => void texts.push(text));
    const message = await stream.finalMessage();
    expect(texts).toEqual(['Hel', 'lo.']);
    expect(message.content).toEqual([{ type: 'text', text: 'Hello.' }]);
  });

  it('streams thinking before text', async () => {
    stage.first.always({ events: thinking });
    const stream = client.messages.stream({ ...hello, thinking: { type: 'adaptive' } });
    const thoughts: string[] = [];
    stream.on('thinking', (delta: string) => void thoughts.push(delta));
    const { content } = await stream.finalMessage();
    expect(thoughts).toEqual(['Hm.']);
    expect(content).toMatchObject([
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'Hello.' },
    ]);
  });

  it.each(['whole', 'streamed'])('goes through a loop of tools, %s', async (how) => {
    stage.first.next({ toolCalls: [weatherCall] });
    const ask = (body: object) =>
      how === 'whole' ? client.messages.create(body) : client.messages.stream(body).finalMessage();
    const asked = await ask({ ...hello, tools });
    expect(asked.stop_reason).toBe('tool_use');
    const [use] = asked.content;
    expect(use).toMatchObject({ type: 'tool_use', name: 'weather', input: { city: 'Oslo' } });
    const result = { type: 'tool_result', tool_use_id: use.id, content: 'Rain.' };
    const messages = [
      ...hello.messages,
      { role: 'assistant', content: asked.content },
      { role: 'user', content: [result] },
    ];
    const said = await ask({ ...hello, messages, tools });
    expect(said.content).toEqual([{ type: 'text', text: 'Hello.' }]);
    expect(stage.first.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'Rain.' },
    ]);
  });

  it('counts tokens', async () => {
    const { model, messages } = hello;
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 7 });
  });

  it('meets its own errors', async () => {
    await expect(client.messages.create({ ...hello, model: 'no/body' })).rejects.toBeInstanceOf(
      sdk.NotFoundError,
    );
    await expect(client.messages.create({ ...hello, container: 'of-another' })).rejects.toBeInstanceOf(
      sdk.BadRequestError,
    );
    const stranger = new sdk.default({ apiKey: 'wrong', baseURL: stage.origin });
    await expect(stranger.messages.create(hello)).rejects.toBeInstanceOf(sdk.AuthenticationError);
  });

  it.each([false, true])('asks no second time when a chain is exhausted (stream: %s)', async (stream) => {
    stage.first.always({ status: 500 });
    stage.second.always({ status: 500 });
    const before = stage.first.received + stage.second.received;
    const error = await client.messages.create({ ...hello, stream }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(sdk.InternalServerError);
    const { status, headers } = error as { status: number; headers: Headers };
    expect({ status, retry: headers.get('x-should-retry') }).toEqual({ status: 502, retry: 'false' });
    // One chain: the first, again, and the second.
    expect(stage.first.received + stage.second.received - before).toBe(3);
  });

  it('lets the provider go when it is aborted', async () => {
    stage.first.always({ fault: 'hang' });
    const before = stage.first.abandoned;
    const seen = stage.first.received;
    const stream = client.messages.stream(hello);
    stream.on('error', () => undefined).on('abort', () => undefined);
    await stage.first.arrival(seen + 1);
    stream.abort();
    await stage.first.abandonment(before + 1);
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(sdk.APIUserAbortError);
  });
});
