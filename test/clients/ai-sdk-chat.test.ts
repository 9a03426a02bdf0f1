import type * as Ai from 'ai';
import type * as Zod from 'zod';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openClientStage, type ClientStage } from './stage.ts';

let stage: ClientStage;
let ai: typeof Ai;
let zod: typeof Zod;
let model: Ai.LanguageModel;

const prompt = 'Say hello.';

describe.skipIf(!inject('clients'))('the AI SDK by .chat()', () => {
  beforeAll(async () => {
    stage = await openClientStage();
    ai = await import('ai');
    zod = await import('zod');
    const { createOpenAI } = await import('@ai-sdk/openai');
    model = createOpenAI({ baseURL: stage.baseUrl, apiKey: stage.apiKey }).chat('auto');
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(() => [stage.first, stage.second].forEach((provider) => provider.reset()));

  it('generates text', async () => {
    const { text, usage, finishReason } = await ai.generateText({ model, prompt });
    expect([text, usage.totalTokens, finishReason]).toEqual(['Hello.', 15, 'stop']);
  });

  it('streams text', async () => {
    stage.first.always({ chunks: ['Hel', 'lo', '.'] });
    const { textStream, usage } = ai.streamText({ model, prompt });
    const pieces: string[] = [];
    for await (const piece of textStream) pieces.push(piece);
    expect(pieces.join('')).toBe('Hello.');
    expect((await usage).totalTokens).toBe(15);
  });

  it('generates objects by their schema', async () => {
    stage.first.always({ text: '{"city":"Oslo"}' });
    const schema = zod.z.object({ city: zod.z.string() });
    // Applications call it still.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const { object } = await ai.generateObject({ model, prompt, schema });
    expect(object).toEqual({ city: 'Oslo' });
    expect(stage.first.requests.at(-1)?.body).toMatchObject({ response_format: { type: 'json_schema' } });
  });

  it.each(['generate', 'stream'] as const)('runs a loop of tools (%s)', async (way) => {
    stage.first.next(
      { toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }] },
      { text: 'Rain.' },
    );
    const weather = ai.tool({
      inputSchema: zod.z.object({ city: zod.z.string() }),
      execute: async ({ city }) => `rain in ${city}`,
    });
    const options = { model, prompt, tools: { weather }, stopWhen: ai.stepCountIs(3) };
    const text =
      way === 'generate' ? (await ai.generateText(options)).text : await ai.streamText(options).text;
    expect(text).toBe('Rain.');
    expect(stage.first.requests.at(-1)?.body).toMatchObject({
      messages: [{}, {}, { role: 'tool', tool_call_id: 'call_1' }],
    });
  });

  it('does not send again what our chain has tried', async () => {
    for (const provider of [stage.first, stage.second]) provider.always({ status: 500 });
    const before = stage.first.received + stage.second.received;
    const failed = await ai.generateText({ model, prompt, maxRetries: 0 }).catch((error: unknown) => error);
    expect(ai.APICallError.isInstance(failed)).toBe(true);
    expect(failed).toMatchObject({ statusCode: 502 });
    expect(stage.first.received + stage.second.received - before).toBe(3);
  });
});
