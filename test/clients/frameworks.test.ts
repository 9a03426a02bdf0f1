import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  clientPackage,
  openClientStage,
  weatherCall,
  type ClientPackage,
  type ClientStage,
} from './stage.ts';

let stage: ClientStage;
let zod: ClientPackage;

beforeAll(async () => {
  stage = await openClientStage();
  zod = (await clientPackage('zod')).z;
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => [stage.first, stage.second].forEach((provider) => provider.reset()));

const place = () => zod.object({ city: zod.string() });

/** What the provider was told last of the tool's result. */
const toldResult = () =>
  (stage.first.requests.at(-1)?.body['messages'] as { role: string; content: string }[]).find(
    ({ role }) => role === 'tool',
  )?.content;

describe.each(['openai', 'anthropic'])('AI SDK, by its provider of %s', (vendor) => {
  let ai: ClientPackage;
  let model: ClientPackage;

  beforeAll(async () => {
    ai = await clientPackage('ai');
    const sdk = await clientPackage(`@ai-sdk/${vendor}`);
    const settings = { apiKey: stage.apiKey, baseURL: stage.baseUrl };
    model = (vendor === 'openai' ? sdk.createOpenAI : sdk.createAnthropic)(settings)('auto');
  });

  it('generates text', async () => {
    const { text, usage } = await ai.generateText({ model, prompt: 'Say hello.' });
    expect(text).toBe('Hello.');
    expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 5 });
  });

  it('streams text', async () => {
    stage.first.always({ chunks: ['Hel', 'lo.'] });
    const { textStream } = ai.streamText({ model, prompt: 'Say hello.' });
    const texts: string[] = [];
    for await (const text of textStream) texts.push(text);
    expect(texts).toEqual(['Hel', 'lo.']);
  });

  it('generates objects', async () => {
    stage.first.always({ text: '{"city":"Oslo"}' });
    const { object } = await ai.generateObject({ model, prompt: 'Where?', schema: place() });
    expect(object).toEqual({ city: 'Oslo' });
  });

  it.each(['whole', 'streamed'])('goes through a loop of tools, %s', async (how) => {
    stage.first.next({ toolCalls: [weatherCall] });
    const weather = ai.tool({
      inputSchema: place(),
      execute: ({ city }: { city: string }) => `Rain in ${city}.`,
    });
    const wish = {
      ...{ model, prompt: 'What is the weather?', tools: { weather }, stopWhen: ai.stepCountIs(3) },
      // Nothing is stored here that a later request could refer to.
      providerOptions: { openai: { store: false } },
    };
    const text = how === 'whole' ? (await ai.generateText(wish)).text : await ai.streamText(wish).text;
    expect(text).toBe('Hello.');
    expect(toldResult()).toContain('Rain in Oslo.');
  });
});

it('OpenAI Agents SDK goes through a loop of tools', async () => {
  const agents = await clientPackage('@openai/agents');
  const { default: OpenAI } = await clientPackage('openai');
  const client = new OpenAI({ apiKey: stage.apiKey, baseURL: stage.baseUrl });
  agents.setTracingDisabled(true);
  const weather = agents.tool({
    ...{ name: 'weather', description: 'Tells the weather.', parameters: place() },
    execute: ({ city }: { city: string }) => `Rain in ${city}.`,
  });
  const model = new agents.OpenAIResponsesModel(client, 'auto');
  const agent = new agents.Agent({ name: 'Guide', instructions: 'Be brief.', model, tools: [weather] });
  stage.first.next({ toolCalls: [weatherCall] });
  const result = await agents.run(agent, 'What is the weather?');
  expect(result.finalOutput).toBe('Hello.');
  expect(toldResult()).toContain('Rain in Oslo.');
});

it('LangChain speaks Responses', async () => {
  const { ChatOpenAI } = await clientPackage('@langchain/openai');
  const chat = new ChatOpenAI({
    ...{ model: 'auto', apiKey: stage.apiKey, useResponsesApi: true, zdrEnabled: true },
    configuration: { baseURL: stage.baseUrl },
  });
  expect((await chat.invoke('Say hello.')).text).toBe('Hello.');
  stage.first.always({ chunks: ['Hel', 'lo.'] });
  let said = '';
  for await (const { text } of await chat.stream('Say hello.')) said += String(text);
  expect(said).toBe('Hello.');
});
