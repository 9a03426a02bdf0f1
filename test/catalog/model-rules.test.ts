import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordAtsScore } from '../../src/catalog/revise-ats.ts';
import { model, modelFaults } from './revised.ts';

describe('a model', () => {
  it('keeps prices and times as exact integers and starts from the priors', () => {
    expect(model({})).toMatchObject({
      inputMicroUsdPerMillionTokens: 290_000,
      outputMicroUsdPerMillionTokens: 1_100_000,
      expectedFirstTokenMs: 800,
      expectedMicrosPerOutputToken: 12_000,
      complianceScorePct: 0,
      capabilities: [],
      ats: [],
      enabled: true,
    });
  });

  it.each([
    'contextWindowTokens',
    'maxOutputTokens',
    'inputUsdPerMillionTokens',
    'outputUsdPerMillionTokens',
  ])('needs its %s when it is new, and cannot lose it', (field) => {
    expect(modelFaults({ [field]: undefined })).toEqual([`${field}: is required`]);
    expect(modelFaults({ [field]: null })).toEqual([`${field}: cannot be empty`]);
  });

  it('takes no effort at all, or any that is tried, which are two things', () => {
    expect(model({}).efforts).toBeNull();
    expect(model({ efforts: [] }).efforts).toEqual([]);
    expect(model({}, model({ efforts: [] })).efforts).toEqual([]);
  });

  it('may be free, if that is said', () => {
    expect(
      model({ inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 0 }).inputMicroUsdPerMillionTokens,
    ).toBe(0);
  });

  it('keeps what is absent and clears what is null', () => {
    const full = model({
      enabled: false,
      capabilities: ['REASONING', 'TOOLS', 'TOOLS'],
      reasoningTokenFloor: 128,
      expectedFirstTokenMs: 100,
      expectedMsPerOutputToken: 0.5,
      attemptTimeoutMs: 1000,
      firstTokenTimeoutMs: 500,
      probeIntervalMs: 5000,
      maxConcurrent: 3,
      efforts: ['high', 'none', 'high'],
      samplingLocked: true,
      maxTokensParameter: 'max_completion_tokens',
      complianceScore: 0.29,
      ats: [{ taskType: 'code', score: 0.8612, samples: 10, source: 'eval' }],
    });
    expect(full.capabilities).toEqual(['TOOLS', 'REASONING']);
    expect(full.efforts).toEqual(['none', 'high']);
    expect(model({}, { ...full, archivedAt: 9 }, 2)).toEqual(full);
    const cleared = {
      capabilities: null,
      reasoningTokenFloor: null,
      expectedFirstTokenMs: null,
      expectedMsPerOutputToken: null,
      attemptTimeoutMs: null,
      firstTokenTimeoutMs: null,
      probeIntervalMs: null,
      maxConcurrent: null,
      efforts: null,
      samplingLocked: null,
      maxTokensParameter: null,
      complianceScore: null,
      ats: null,
    };
    expect(model(cleared, full)).toEqual({ ...model({}), enabled: false });
  });

  it.each([
    ['modelSlug', ''],
    ['modelSlug', 'with space'],
    ['modelSlug', 'all*'],
    ['modelSlug', 'größe'],
    ['modelSlug', 'a'.repeat(201)],
    ['enabled', null],
    ['capabilities', ['FLYING']],
    ['contextWindowTokens', 0],
    ['contextWindowTokens', 100_000_001],
    ['maxOutputTokens', 1.5],
    ['maxOutputTokens', Number.NaN],
    ['inputUsdPerMillionTokens', -0.1],
    ['inputUsdPerMillionTokens', 0.0000001],
    ['outputUsdPerMillionTokens', 100_001],
    ['outputUsdPerMillionTokens', Number.POSITIVE_INFINITY],
    ['expectedFirstTokenMs', 600_001],
    ['expectedMsPerOutputToken', 0.0001],
    ['attemptTimeoutMs', 99],
    ['firstTokenTimeoutMs', 600_001],
    ['probeIntervalMs', 1],
    ['maxConcurrent', 1.5],
    ['efforts', ['low', 'extreme']],
    ['maxTokensParameter', 'max_output_tokens'],
    ['complianceScore', 0.004],
    ['complianceScore', 1.01],
  ])('refuses %s = %j', (field, value) => {
    expect(modelFaults({ [field]: value }).map((fault) => fault.split(':')[0])).toEqual([field]);
  });

  it.each(['openai/gpt-oss-120b:free', '@cf/meta/llama', 'accounts/fireworks/models/glm-5p3', 'a'])(
    'may be called %j',
    (modelSlug) => {
      expect(model({ modelSlug }).slug).toBe(modelSlug);
    },
  );

  it('has a reasoning floor exactly when it reasons, and room for an answer above it', () => {
    expect(modelFaults({ capabilities: ['REASONING'] })).toEqual([
      'reasoningTokenFloor: is required by the capability REASONING',
    ]);
    expect(modelFaults({ reasoningTokenFloor: 100 })).toEqual([
      'reasoningTokenFloor: must be null without the capability REASONING',
    ]);
    expect(modelFaults({ capabilities: ['REASONING'], reasoningTokenFloor: 1000 })).toHaveLength(1);
    expect(model({ capabilities: ['REASONING'], reasoningTokenFloor: 999 }).reasoningTokenFloor).toBe(999);
  });

  it('names every fault of its scores by place', () => {
    const ats = [
      { taskType: 'Code', score: 0.5 },
      { taskType: 'chat', score: 1.1, samples: -1, source: '' },
      { taskType: 'chat', score: 0.12345 },
      { taskType: 'default', score: 0.5 },
      { taskType: 'default', score: 0.6 },
    ];
    expect(modelFaults({ ats }).map((fault) => fault.split(':')[0])).toEqual([
      'ats.0.taskType',
      'ats.1.score',
      'ats.1.samples',
      'ats.1.source',
      'ats.2.score',
      'ats.4.taskType',
    ]);
  });

  it('has at most a hundred scores, however they come', () => {
    const ats = Array.from({ length: 100 }, (_, index) => ({ taskType: `task-${index}`, score: 0.5 }));
    const full = model({ ats }).ats;
    const one = (taskType: string) => recordAtsScore(full, { taskType, score: 1 }, 2);
    expect(modelFaults({ ats: [...ats, { taskType: 'one-more', score: 0.5 }] })).toHaveLength(1);
    expect(one('one-more')).toMatchObject({ ok: false, issues: [{ path: ['taskType'] }] });
    expect(one('task-7').ok).toBe(true);
  });

  it('keeps the instant of a score that says nothing new', () => {
    const first = model({ ats: [{ taskType: 'default', score: 0.5 }] }, null, 100);
    const ats = [
      { taskType: 'default', score: 0.5 },
      { taskType: 'code', score: 0.6 },
    ];
    expect(model({ ats }, first, 200).ats.map((score) => [score.taskType, score.measuredAt])).toEqual([
      ['code', 200],
      ['default', 100],
    ]);
  });

  it('stores every price that can be written with six decimals exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), (microUsd) => {
        const priced = model({ inputUsdPerMillionTokens: Number((microUsd / 1e6).toFixed(6)) });
        expect(priced.inputMicroUsdPerMillionTokens).toBe(microUsd);
      }),
    );
  });
});
