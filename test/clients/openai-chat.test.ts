import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type * as Sdk from 'openai';
import type { ChatCompletionTool } from 'openai/resources/chat/completions';
import { openClientStage, type ClientStage } from './stage.ts';

let stage: ClientStage;
let client: Sdk.OpenAI;
let sdk: typeof Sdk;

const messages = [{ role: 'user', content: 'Say hello.' }] as const;
const hello = { model: 'auto', messages: [...messages] };
const weather: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' };

describe.skipIf(!inject('clients'))('the openai package, chat completions', () => {
  beforeAll(async () => {
    stage = await openClientStage();
    sdk = await import('openai');
    client = new sdk.OpenAI({ baseURL: stage.baseUrl, apiKey: stage.apiKey });
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(() => [stage.first, stage.second].forEach((provider) => provider.reset()));

  it('gets a whole answer, its usage, and the decision in the header', async () => {
    const { data, response, request_id } = await client.chat.completions.create(hello).withResponse();
    expect(data.choices[0]!.message.content).toBe('Hello.');
    expect(data.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 });
    expect(data.model).toBe('first/model');
    expect(response.headers.get('x-switchyard-decision-id')).toBeTruthy();
    expect(request_id).toMatch(/^req_/);
  });

  it('streams, and its helper puts the same answer together', async () => {
    stage.first.always({ chunks: ['Hel', 'lo', '.'] });
    const stream = client.chat.completions.stream({ ...hello, stream_options: { include_usage: true } });
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const final = await stream.finalChatCompletion();
    expect(pieces.join('')).toBe('Hello.');
    expect(final.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello.' } });
    expect(final.usage?.total_tokens).toBe(15);
  });

  it.each([false, true])('runs a loop of tools, whole or streamed (stream: %s)', async (isStream) => {
    stage.first.next({ toolCalls: [call] }, { text: 'Rain.' });
    const asked: string[] = [];
    const tools = [
      {
        type: 'function' as const,
        function: {
          name: 'weather',
          description: 'Tells the weather.',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          parse: (text: string) => JSON.parse(text) as { city: string },
          function: ({ city }: { city: string }) => (asked.push(city), 'rain'),
        },
      },
    ];
    const runner = isStream
      ? client.chat.completions.runTools({ ...hello, stream: true, tools })
      : client.chat.completions.runTools({ ...hello, tools });
    expect(await runner.finalContent()).toBe('Rain.');
    expect(asked).toEqual(['Oslo']);
    expect(stage.first.requests.at(-1)?.body).toMatchObject({
      messages: [
        {},
        { tool_calls: [{ id: 'call_1' }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
      ],
    });
  });

  it('brings back in a call’s id what its provider wants to see again', async () => {
    const signed = {
      ...{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } },
      extra_content: { google: { thought_signature: 'c2lnbmVk+/=' } },
    };
    const message = { role: 'assistant', content: null, tool_calls: [signed] };
    stage.first.next({
      body: { id: 'x', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage: {} },
    });
    const answer = await client.chat.completions.create({ ...hello, tools: [weather] });
    const [made] = answer.choices[0]!.message.tool_calls!;
    // Only what the API has: a client that rebuilds the message keeps no more.
    const { id, function: called } = made as { id: string; function: { name: string; arguments: string } };
    await client.chat.completions.create({
      ...{ model: 'first/model', tools: [weather] },
      messages: [
        ...messages,
        { role: 'assistant', tool_calls: [{ id, type: 'function', function: called }] },
        { role: 'tool', tool_call_id: id, content: 'rain' },
      ],
    });
    expect(stage.first.requests.at(-1)?.body['messages']).toMatchObject([
      {},
      { tool_calls: [{ id: 'call_1', extra_content: signed.extra_content }] },
      { tool_call_id: 'call_1' },
    ]);
  });

  it('parses an answer by its schema', async () => {
    stage.first.always({ text: '{"city":"Oslo"}' });
    const { zodResponseFormat } = await import('openai/helpers/zod');
    const { z } = await import('zod');
    const response_format = zodResponseFormat(z.object({ city: z.string() }), 'place');
    const { choices } = await client.chat.completions.parse({ ...hello, response_format });
    expect(choices[0]!.message.parsed).toEqual({ city: 'Oslo' });
  });

  it('sees images, system and developer messages arrive', async () => {
    await client.chat.completions.create({
      model: 'first/model',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
      ],
    });
    expect(stage.first.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [{ type: 'text' }, { image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }],
      },
    ]);
  });

  it('lists models, and finds one whose name has a slash', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids[0]).toBe('auto');
    expect(await client.models.retrieve('first/model')).toMatchObject({ id: 'first/model' });
  });

  describe('meets each class of error as its own type, and sends nothing again after our chain was tried', () => {
    type ErrorName = 'BadRequestError' | 'NotFoundError' | 'InternalServerError' | 'RateLimitedError';
    const cases: readonly [status: number, type: string, ours: number, calls: number][] = [
      // The provider's status, the error's type, our status, calls of providers: a chain, and never two.
      [500, 'InternalServerError', 502, 3],
      [400, 'BadRequestError', 400, 2],
    ];
    it.each(cases)('providers that answer %d: %s', async (status, type, ours, calls) => {
      for (const provider of [stage.first, stage.second]) provider.always({ status });
      const before = stage.first.received + stage.second.received;
      const error = await client.chat.completions.create(hello).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(sdk[type as Exclude<ErrorName, 'RateLimitedError'>]);
      expect(error).toMatchObject({ status: ours });
      expect((error as { headers: Headers }).headers.get('x-should-retry')).toBe('false');
      expect(stage.first.received + stage.second.received - before).toBe(calls);
    });

    it('a wrong key, an unknown model, a bad parameter', async () => {
      const stranger = new sdk.OpenAI({ baseURL: stage.baseUrl, apiKey: 'swy_test_wrong' });
      await expect(stranger.chat.completions.create(hello)).rejects.toBeInstanceOf(sdk.AuthenticationError);
      const unknown = client.chat.completions.create({ ...hello, model: 'first/modle' });
      await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
      const several = client.chat.completions.create({ ...hello, n: 2 });
      await expect(several).rejects.toMatchObject({ status: 400, param: 'n', type: 'invalid_request_error' });
    });

    it('a stream that breaks throws, and one that fails before its first token is an error with a status', async () => {
      stage.first.always({ chunks: ['Hel', 'lo'], streamFault: 'cut', afterChunks: 1 });
      const read = async () => {
        const pieces: unknown[] = [];
        for await (const piece of await client.chat.completions.create({ ...hello, stream: true }))
          pieces.push(piece);
        return pieces;
      };
      await expect(read()).rejects.toMatchObject({ code: 'stream_interrupted' });
      for (const provider of [stage.first, stage.second]) provider.always({ status: 500 });
      const before = stage.first.received + stage.second.received;
      await expect(read()).rejects.toBeInstanceOf(sdk.InternalServerError);
      expect(stage.first.received + stage.second.received - before).toBe(3);
    });
  });

  it('lets the provider go when it aborts', async () => {
    const before = stage.first.abandoned;
    stage.first.always({ chunks: ['Hel', 'lo'], streamFault: 'stall', afterChunks: 1 });
    const stream = await client.chat.completions.create({ ...hello, stream: true });
    for await (const _ of stream) break;
    await stage.first.abandonment(before + 1);
  });

  it('reads a hundred streams at once', async () => {
    stage.first.always({ chunks: ['Hel', 'lo', '.'], chunkDelayMs: 5 });
    const read = async () => {
      let text = '';
      for await (const { choices } of await client.chat.completions.create({ ...hello, stream: true }))
        text += choices[0]?.delta.content ?? '';
      return text;
    };
    const texts = await Promise.all(Array.from({ length: 100 }, read));
    expect(new Set(texts)).toEqual(new Set(['Hello.']));
  });
});
