import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nearestEffort } from '../../../src/providers/ai-sdk/adapt/effort.ts';
import { dialects } from '../../../src/providers/ai-sdk/dialects.ts';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import { lacksOf } from '../../../src/providers/lacks.ts';
import { reasoningEfforts, type Message } from '../../../src/providers/message.ts';
import { openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import { ask, closedWeather, sdkAdapters, untoldTraits } from './asked.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const user: Message = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] };

describe('an effort', () => {
  it('that a model does not take is the nearest that it takes, and thinks if any of them does', () => {
    expect(nearestEffort('none', ['low', 'high'])).toBe('low');
    expect(nearestEffort('max', ['none', 'low', 'medium', 'high'])).toBe('high');
    expect(nearestEffort('minimal', ['none', 'low'])).toBe('low');
    expect(nearestEffort('medium', ['low', 'high'])).toBe('low');
    expect(nearestEffort('low', ['none'])).toBe('none');
    expect(nearestEffort('low', [])).toBeUndefined();
    for (const effort of reasoningEfforts) expect(nearestEffort(effort, reasoningEfforts)).toBe(effort);
  });

  it.each([
    [
      'openai-compatible',
      'none',
      ['low', 'high'],
      { reasoning_effort: 'low' },
      /not to reason.*least effort, low/,
    ],
    [
      'openai-compatible',
      'max',
      ['low', 'high'],
      { reasoning_effort: 'high' },
      /effort max was asked as high/,
    ],
    ['openai-compatible', 'high', ['low', 'high'], { reasoning_effort: 'high' }, null],
    [
      'openai',
      'minimal',
      ['low', 'high'],
      { model: 'o3', reasoning: { effort: 'low' } },
      /minimal was asked as low/,
    ],
    ['groq', 'low', [], {}, /effort was left out: the model takes none/],
  ] as const)(
    'to %s: %s of a model that takes %j',
    async (adapter, reasoningEffort, efforts, expected, notice) => {
      const { body, notices } = await ask(stage, adapter, {
        modelSlug: 'o3',
        reasoningEffort,
        traits: { ...untoldTraits, efforts },
      });
      expect(body).toMatchObject(expected);
      if ('reasoning_effort' in expected)
        expect(notices).toEqual(notice === null ? [] : [expect.stringMatching(notice)]);
      else expect(notices).toEqual([expect.stringMatching(notice as RegExp)]);
      if (efforts.length === 0) expect(JSON.stringify(body)).not.toContain('effort');
    },
  );

  it('NONE switches a thinking budget off, or to its least where that cannot be', async () => {
    const none = { reasoningEffort: 'none', outputBudgetTokens: 4000 } as const;
    const claude = await ask(stage, 'anthropic', { ...none, modelSlug: 'claude-haiku-4-5' });
    expect(claude.body).toMatchObject({ max_tokens: 4000 });
    expect(claude.body).not.toHaveProperty('thinking');
    const flash = await ask(stage, 'google', { ...none, modelSlug: 'gemini-2.5-flash' });
    expect(flash.body).toMatchObject({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } });
    expect([...claude.notices, ...flash.notices]).toEqual([]);
    const pro = await ask(stage, 'google', { ...none, modelSlug: 'gemini-2.5-pro' });
    expect(pro.body).toMatchObject({ generationConfig: { thinkingConfig: { thinkingBudget: 128 } } });
    expect(pro.notices).toEqual([expect.stringContaining('its least')]);
  });

  it('that leaves no room for an answer is left out, with a notice', async () => {
    const { body, notices } = await ask(stage, 'anthropic', {
      modelSlug: 'claude-haiku-4-5',
      reasoningEffort: 'high',
    });
    expect(body).not.toHaveProperty('thinking');
    expect(notices).toEqual([expect.stringContaining('output budget is too small')]);
  });
});

describe('what is demanded', () => {
  it.each(['required', 'tool'] as const)(
    'never leaves as less: %s, of a model that would think',
    async (mode) => {
      const toolChoice = mode === 'tool' ? { mode, toolName: 'weather' } : { mode };
      const { body, notices } = await ask(stage, 'anthropic', {
        ...{ modelSlug: 'claude-haiku-4-5', reasoningEffort: 'high', outputBudgetTokens: 8000 },
        ...{ tools: [weather], toolChoice, parallelToolCalls: false },
      });
      expect(body).toMatchObject({
        tool_choice: { type: mode === 'tool' ? 'tool' : 'any', disable_parallel_tool_use: true },
      });
      expect(body).not.toHaveProperty('thinking');
      expect(notices).toEqual([expect.stringContaining('cannot think when it must call a tool')]);
    },
  );

  it.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1', 'claude-fable-5-2-20261110'])(
    'is refused before anything is sent where the SDK would ask for less: %s',
    async (modelSlug) => {
      const forced = await ask(stage, 'anthropic', {
        modelSlug,
        tools: [weather],
        toolChoice: { mode: 'required' },
      });
      expect(forced.body).toEqual({});
      expect(forced.result).toMatchObject({
        ok: false,
        failure: { failureClass: 'INVALID_REQUEST', message: 'This model cannot be made to call a tool.' },
      });
    },
  );

  // The clouds, which need settings, are asked in tests of their own.
  const alone = sdkAdapters.filter((name) => name !== 'amazon-bedrock');

  it.each(alone)('stop sequences are all in the request to %s, or none is sent', async (adapter) => {
    for (const count of [1, 4, 5, 17]) {
      const stopSequences = Array.from({ length: count }, (_, index) => `stop-${index}.`);
      const { result, body } = await ask(stage, adapter, { stopSequences });
      const isLacked = lacksOf({ adapter, settings: noSettings }, 'small').includes('STOP_SEQUENCES');
      const most = isLacked ? 0 : (dialects[adapter].maxStopSequences ?? Infinity);
      expect(result.ok).toBe(count <= most);
      if (result.ok) for (const stop of stopSequences) expect(JSON.stringify(body)).toContain(stop);
      else {
        expect(body).toEqual({});
        expect(result.failure).toMatchObject({
          failureClass: 'INVALID_REQUEST',
          message: expect.stringMatching(/stop sequences/) as string,
        });
      }
    }
  });
});

describe('a model whose sampling is locked', () => {
  it('is sent none of it, and all that was left out is named', async () => {
    const sampling = { temperature: 0.5, topP: 0.9, seed: 1 };
    const { body, notices } = await ask(stage, 'groq', {
      sampling,
      traits: { ...untoldTraits, samplingLocked: true },
    });
    expect(JSON.stringify(body)).not.toMatch(/temperature|top_p|seed/);
    expect(notices).toEqual(['The temperature, topP and seed were left out: the model takes none of them.']);
  });
});

describe('an output budget', () => {
  it.each([
    ['o3-mini', null, 'max_completion_tokens'],
    ['o3-mini', 'max_tokens', 'max_tokens'],
    ['small', 'max_completion_tokens', 'max_completion_tokens'],
    ['small', null, 'max_tokens'],
  ] as const)(
    'of %s is called what the catalog says, else what its name says: %s',
    async (modelSlug, maxTokensParameter, name) => {
      const { body } = await ask(stage, 'openai-compatible', {
        modelSlug,
        traits: { ...untoldTraits, maxTokensParameter },
      });
      expect(Object.keys(body).filter((key) => /max.*tokens/i.test(key))).toEqual([name]);
      expect(body[name]).toBe(100);
    },
  );
});

describe('sampling outside a provider’s range', () => {
  it('is asked as the nearest within it', async () => {
    const { body, notices } = await ask(stage, 'cohere', {
      sampling: { temperature: 1.5, presencePenalty: -1 },
    });
    expect(body).toMatchObject({ temperature: 1, presence_penalty: 0 });
    expect(notices).toEqual([
      'The temperature 1.5 was asked as 1, the nearest that the provider takes.',
      'The presencePenalty -1 was asked as 0, the nearest that the provider takes.',
    ]);
  });
});

describe('a strict tool', () => {
  it.each(['openai', 'groq', 'anthropic'] as const)(
    'of %s is strict where its schema allows it, else noticed',
    async (adapter) => {
      const base = { modelSlug: adapter === 'anthropic' ? 'claude-haiku-4-5' : 'small' };
      const held = await ask(stage, adapter, { ...base, tools: [{ ...closedWeather, strict: true }] });
      expect(JSON.stringify(held.body)).toContain('"strict":true');
      expect(held.notices).toEqual([]);
      const loose = await ask(stage, adapter, { ...base, tools: [{ ...weather, strict: true }] });
      expect(JSON.stringify(loose.body)).not.toContain('"strict":true');
      expect(loose.notices).toEqual([
        expect.stringContaining('The tool weather was sent without strict mode'),
      ]);
    },
  );
});

describe('strict tools of Cohere', () => {
  it('are strict together or not at all, and each must have something required', async () => {
    const strict = { ...closedWeather, strict: true };
    const held = await ask(stage, 'cohere', { tools: [strict, { ...strict, name: 'snow' }] });
    expect(held.body).toMatchObject({ strict_tools: true });
    expect(held.notices).toEqual([]);
    const empty = { name: 'now', parameters: { type: 'object', properties: {} }, strict: true } as const;
    for (const other of [{ ...weather, name: 'snow' }, empty]) {
      const { body, notices } = await ask(stage, 'cohere', { tools: [strict, other] });
      expect(body).not.toHaveProperty('strict_tools');
      expect(notices[0]).toBe(
        'The tool weather was sent without strict mode, which its provider has for all tools of a call or none, each with a required property.',
      );
    }
  });
});

describe('an end user', () => {
  it('is told to providers that ask for one, unless the id is longer than they take', async () => {
    expect((await ask(stage, 'openai', { endUserId: 'u1' })).body).toMatchObject({ safety_identifier: 'u1' });
    expect((await ask(stage, 'anthropic', { endUserId: 'u1' })).body).toMatchObject({
      metadata: { user_id: 'u1' },
    });
    expect((await ask(stage, 'groq', { endUserId: 'u1' })).body).toMatchObject({ user: 'u1' });
    const { body, notices } = await ask(stage, 'openai', { endUserId: 'u'.repeat(65) });
    expect(JSON.stringify(body)).not.toContain('uuu');
    expect(notices).toEqual([expect.stringContaining('at most 64 characters')]);
  });
});

describe('cache breakpoints', () => {
  const messages: Message[] = [
    { role: 'system', text: 'S', cacheBreakpoint: true },
    { ...user, cacheBreakpoint: true },
    {
      role: 'assistant',
      text: 'A',
      toolCalls: [{ id: 'c1', name: 'weather', arguments: '{}' }],
      cacheBreakpoint: true,
    },
    { role: 'tool', toolCallId: 'c1', toolName: 'weather', text: 'snow', cacheBreakpoint: true },
    { ...user, cacheBreakpoint: true },
  ];

  it('mark the last four messages to anthropic, with a notice of the others', async () => {
    const { body, notices } = await ask(stage, 'anthropic', { messages });
    expect(JSON.stringify(body).match(/"cache_control":\{"type":"ephemeral"\}/g)).toHaveLength(4);
    expect(JSON.stringify(body['system'])).not.toContain('cache_control');
    expect(notices).toEqual([expect.stringContaining('Of 5 cache breakpoints the last 4 were set')]);
  });

  it('mark the message that they stand at, and nothing where caches keep themselves', async () => {
    const { body, notices } = await ask(stage, 'anthropic', { messages: messages.slice(0, 1).concat(user) });
    expect(body).toMatchObject({ system: [{ text: 'S', cache_control: { type: 'ephemeral' } }] });
    expect(notices).toEqual([]);
    const other = await ask(stage, 'openai', { messages });
    expect(JSON.stringify(other.body)).not.toContain('cache_control');
    expect(other.notices).toEqual([]);
  });
});

describe('a provider’s own options', () => {
  it('go out as they are, and never before what was decided', async () => {
    const compatible = await ask(stage, 'openai-compatible', {
      providerOptions: { min_p: 0.1, user: 'other' },
      endUserId: 'u1',
    });
    expect(compatible.body).toMatchObject({ min_p: 0.1, user: 'u1' });
    const openai = await ask(stage, 'openai', {
      providerOptions: { serviceTier: 'flex', store: true },
      modelSlug: 'o3',
    });
    expect(openai.body).toMatchObject({ service_tier: 'flex', store: false });
  });

  it('that its adapter cannot read are the caller’s fault', async () => {
    const { result, body } = await ask(stage, 'openai', { providerOptions: { serviceTier: 7 } });
    expect(body).toEqual({});
    expect(result).toMatchObject({ failure: { failureClass: 'INVALID_REQUEST' } });
    expect(JSON.stringify(result)).toContain('does not take these providerOptions');
  });
});
