import { expect, it } from 'vitest';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';
import type { JsonObject } from '../../../src/system/json.ts';

function issuesOf(options: JsonObject) {
  const parsed = parseRouteRequest({
    messages: [{ role: 'user', content: 'Hi' }],
    providerOptions: { them: options },
  });
  return parsed.ok ? [] : parsed.issues;
}

it.each([
  ['model', 'is decided by the plan'],
  ['max_tokens', 'is decided by the plan'],
  ['maxCompletionTokens', 'is decided by the plan'],
  ['MAX-TOKENS', 'is decided by the plan'],
  ['stream', 'is decided by the plan'],
  ['n', 'is decided by the plan'],
  ['thinking', 'is decided by the plan'],
  ['reasoning_effort', 'is decided by the plan'],
  ['messages', 'has a field of its own'],
  ['tools', 'has a field of its own'],
  ['tool_choice', 'has a field of its own'],
  ['store', 'reaches beyond this call'],
  ['previousResponseId', 'reaches beyond this call'],
  ['cachedContent', 'reaches beyond this call'],
  ['mcpServers', 'reaches beyond this call'],
  ['extra_headers', 'reaches beyond this call'],
  ['safetySettings', 'is for whoever runs the deployment'],
  ['speed', 'is for whoever runs the deployment'],
  ['inferenceGeo', 'is for whoever runs the deployment'],
])('no caller overrides %s by a provider’s own options, and is told why: it %s', (name, reason) => {
  expect(issuesOf({ [name]: 1 })).toEqual([
    { path: ['providerOptions', 'them', name], message: expect.stringContaining(reason) as string },
  ]);
});

it('every such option is named at once', () => {
  expect(issuesOf({ model: 'x', top_logprobs: 3, store: true })).toHaveLength(2);
});

it('a tier of service is taken unless it costs more than is planned with', () => {
  for (const tier of ['flex', 'default', 'auto', 'standard_only']) {
    expect(issuesOf({ service_tier: tier, serviceTier: tier })).toEqual([]);
  }
  for (const tier of ['priority', 'fast', 'scale', 1, null, ['flex']]) {
    expect(issuesOf({ service_tier: tier })).toHaveLength(1);
  }
});

it('what no field says passes as it is', () => {
  const options = {
    logit_bias: { '1': 5 },
    verbosity: 'low',
    min_p: 0.1,
    prediction: {},
    promptCacheKey: 'k',
    contextManagement: { edits: [] },
    anthropicBeta: ['context-management-2025-06-27'],
  };
  expect(issuesOf(options)).toEqual([]);
});
