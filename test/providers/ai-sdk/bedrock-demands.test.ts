import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import type { Message } from '../../../src/providers/message.ts';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import { nobodyLeaves, question } from '../../support/providers/provider-calls.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { ask as askThrough } from './asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const answer = {
  output: { message: { role: 'assistant', content: [{ text: 'Fine.' }] } },
  ...{ stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
};

async function ask(changes: Partial<ProviderRequest>) {
  const sent = stage.server.requests.length;
  stage.server.next({ body: answer });
  const provider = await stage.factory.provider({
    ...{ slug: 'them', adapter: 'amazon-bedrock', baseUrl: stage.server.baseUrl, credential: 'key' },
    settings: { ...noSettings, region: 'eu-central-1' },
  });
  const result = await provider.call(question({ modelSlug: claude, ...changes }), nobodyLeaves());
  const body = stage.server.requests.length > sent ? stage.lastBody() : null;
  return { result, body, notices: result.notices ?? [] };
}

const refused = (message: RegExp) => ({
  result: {
    ok: false,
    failure: { failureClass: 'INVALID_REQUEST', message: expect.stringMatching(message) },
  },
  body: null,
});

describe('what Bedrock’s package would leave out', () => {
  it.each(['openai.gpt-oss-120b-1:0', 'us.openai.gpt-5.5'])(
    'is refused: stop sequences of %s',
    async (modelSlug) => {
      expect(await ask({ modelSlug, stopSequences: ['END'] })).toMatchObject(refused(/no stop sequences/));
      expect((await ask({ modelSlug })).result.ok).toBe(true);
      const { body } = await ask({ stopSequences: ['END'] });
      expect(body).toMatchObject({ inferenceConfig: { stopSequences: ['END'] } });
    },
  );

  it.each([
    [{ type: 'image', url: 'https://example.com/a.png' }, /images as bytes alone/],
    [
      { type: 'file', url: 'https://example.com/a.pdf', mediaType: 'application/pdf' },
      /documents as bytes alone/,
    ],
    [{ type: 'file', base64: 'UklGRg==', mediaType: 'audio/wav' }, /no sound/],
  ] as const)('is refused with its reason: %j', async (part, message) => {
    expect(await ask({ messages: [{ role: 'user', parts: [part] }] })).toMatchObject(refused(message));
  });

  const calls = [{ id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' }];
  const messages: ProviderRequest['messages'] = [
    ...question().messages,
    { role: 'assistant', text: 'Let me see.', toolCalls: calls },
    { role: 'tool', toolCallId: 'c1', toolName: 'weather', text: 'snow' },
  ];

  it.each<[string, Partial<ProviderRequest>]>([
    ['no tool is given', {}],
    ['none may be called', { tools: [weather], toolChoice: { mode: 'none' } }],
  ])('is told as text: calls of tools and results where %s', async (_case, changes) => {
    const { body, notices } = await ask({ messages, ...changes });
    const said = JSON.stringify(body?.['messages']);
    expect(said).toContain('Let me see.');
    expect(said).toContain(String.raw`<tool_call name=\"weather\">\n{\"city\":\"Oslo\"}\n</tool_call>`);
    expect(said).toContain(String.raw`<tool_result name=\"weather\">\nsnow\n</tool_result>`);
    expect(notices).toEqual([expect.stringContaining('told as texts')]);
  });

  it('goes as it is where it may: calls of tools and results beside tools', async () => {
    const { body, notices } = await ask({ messages, tools: [weather] });
    expect(JSON.stringify(body?.['messages'])).toContain('"toolUse"');
    expect(notices).toEqual([]);
  });

  it('is not asked for: an effort with which Nova takes no output budget', async () => {
    const modelSlug = 'eu.amazon.nova-2-lite-v1:0';
    for (const reasoningEffort of ['high', 'max'] as const) {
      const { body, notices } = await ask({ modelSlug, reasoningEffort, outputBudgetTokens: 4000 });
      expect(body).toMatchObject({ inferenceConfig: { maxTokens: 4000 } });
      expect(JSON.stringify(body)).toContain('"medium"');
      expect(notices).toEqual([expect.stringContaining(`${reasoningEffort} was asked as medium`)]);
    }
  });
});

describe('what Bedrock has a word of its own for', () => {
  const user = { role: 'user', parts: [{ type: 'text', text: 'u' }] } as const;
  const messages: Message[] = [
    { role: 'system', text: 'S', cacheBreakpoint: true },
    { ...user, cacheBreakpoint: true },
    { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'weather', arguments: '{}' }] },
    { role: 'tool', toolCallId: 'c1', toolName: 'weather', text: 'snow', cacheBreakpoint: true },
  ];

  it.each([claude, 'us.amazon.nova-pro-v1:0'])('is what %s may keep', async (modelSlug) => {
    const { body, notices } = await ask({ modelSlug, messages, tools: [weather] });
    const point = { cachePoint: { type: 'default' } };
    expect(body).toMatchObject({
      system: [{ text: 'S' }, point],
      messages: [
        { content: [{ text: 'u' }, point] },
        { role: 'assistant' },
        { content: [{ toolResult: {} }, point] },
      ],
    });
    expect(notices).toEqual([]);
  });

  it.each(['meta.llama3-1-70b-instruct-v1:0', 'anthropic.claude-3-haiku-20240307-v1:0'])(
    'is nothing to %s, which keeps nothing',
    async (modelSlug) => {
      const { body } = await ask({ modelSlug, messages, tools: [weather] });
      expect(JSON.stringify(body)).not.toContain('cachePoint');
    },
  );
});

describe.each(['anthropic', 'amazon-bedrock'] as const)('JSON without a schema, of %s', (adapter) => {
  it('is asked for in words, which a notice says', async () => {
    const { body, notices } = await askThrough(stage, adapter, { responseFormat: { type: 'json' } });
    expect(JSON.stringify(body)).toContain('Answer with one JSON value');
    expect(notices).toEqual(['JSON was asked for in words: the provider has no mode for it.']);
  });
});
