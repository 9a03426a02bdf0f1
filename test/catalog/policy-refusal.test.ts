import { describe, expect, it } from 'vitest';
import { refusalUnder, standInsServe, type CallRules } from '../../src/catalog/policy-refusal.ts';
import { candidate } from '../routing/plan/plan-inputs.ts';

const lenient: CallRules = { allowedModels: [], deniedModels: [], complianceVetoThresholdPct: 50 };

describe('a policy', () => {
  it.each([
    ['nothing', {}, null],
    ['what it denies', { deniedModels: ['ollama/*'], allowedModels: ['ollama/llama3.2'] }, 'denied'],
    ['what it does not allow', { allowedModels: ['openai/*'] }, 'not_allowed'],
    ['a compliance below its threshold', { complianceVetoThresholdPct: 91 }, 'compliance'],
  ])('refuses %s, whatever the request', (_, change, refusal) => {
    expect(refusalUnder({ ...lenient, ...change })(candidate('ollama/llama3.2'))).toBe(refusal);
  });
});

describe('simulated models', () => {
  const standIn = candidate('simulated/steady', { disabledCause: 'stand_in', complianceScorePct: 100 });
  const real = candidate('ollama/llama3.2');

  it.each([
    ['a real model that may be called', [real], {}, false],
    ['a real model below the veto', [candidate('ollama/llama3.2', { complianceScorePct: 0 })], {}, true],
    ['a real model that the policy denies', [real], { deniedModels: ['ollama/*'] }, true],
    ['a real model that the policy does not allow', [real], { allowedModels: ['simulated/*'] }, true],
    ['a real model without a key', [candidate('openai/gpt', { disabledCause: 'no_credentials' })], {}, true],
    ['a model that only embeds', [candidate('openai/embed', { capabilities: ['EMBEDDINGS'] })], {}, true],
    ['one of two that may be called', [candidate('a/b', { complianceScorePct: 0 }), real], {}, false],
    [
      'a real model that is down: an outage is no reason to make answers up',
      [candidate('ollama/llama3.2', {}, { hardDownMs: 1, breakerRetryAfterMs: 1, coolDownMs: 1 })],
      {},
      false,
    ],
  ])('beside %s: %#', (_, others, change, serve) => {
    expect(standInsServe([...others, standIn], { ...lenient, ...change })).toBe(serve);
  });

  it('take part as ordinary models where there is nobody for whom to stand in', () => {
    const only = candidate('simulated/steady');
    expect(standInsServe([only], lenient)).toBe(false);
    expect(standInsServe([], lenient)).toBe(false);
  });
});
