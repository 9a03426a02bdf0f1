import { describe, expect, it } from 'vitest';
import { extensionHeaders, readExtensions } from '../../../src/edges/common/extensions.ts';
import { JsonReader } from '../../../src/edges/common/json-reader.ts';
import type { JsonObject } from '../../../src/system/json.ts';

const read = (body: JsonObject, headers: Record<string, string> = {}) =>
  readExtensions(new JsonReader(body), headers);

describe('what an API has no words for', () => {
  const said = {
    policy: 'cost_first',
    models: ['a/*', 'b/c'],
    requires: ['TOOLS'],
    taskType: 'code',
    timeoutMs: 5000,
    maxCostUsd: 0.01,
    workflowId: 'w',
    sessionId: 's',
    labels: { team: 'core' },
    idempotencyKey: 'k',
  };
  const meant = { ...said, policy: { policyName: 'cost_first' }, labels: [{ name: 'team', value: 'core' }] };

  it('is said in the body, or in the header', () => {
    expect(read({ switchyard: said })).toEqual(meant);
    const header = {
      policy: 'cost_first',
      models: 'a/*, b/c',
      requires: 'TOOLS',
      taskType: 'code',
      timeoutMs: '5000',
      maxCostUsd: '0.01',
      workflowId: 'w',
      sessionId: 's',
      labels: 'team=core',
      idempotencyKey: 'k',
    };
    const headers = Object.entries(header).map(([name, value]) => [
      extensionHeaders[name as keyof typeof header],
      value,
    ]);
    expect(read({}, Object.fromEntries(headers))).toEqual(meant);
  });

  it('is a number in a header field whatever its sign, for the rule of the field to judge', () => {
    expect(read({}, { 'x-switchyard-timeout-ms': '-5' })).toEqual({ timeoutMs: -5 });
  });

  it('counts as the body says where both say something', () => {
    expect(read({ switchyard: { taskType: 'code' } }, { 'x-switchyard-task-type': 'chat' })).toEqual({
      taskType: 'code',
    });
  });

  it('may narrow the policy in parts', () => {
    const policy = { qualityWeight: 1, deniedModels: ['a/*'], fallbackEnabled: false };
    expect(read({ switchyard: { policy } })).toEqual({ policy: expect.objectContaining(policy) });
  });

  it.each([
    ['idempotency-key', 'idempotencyKey'],
    ['x-claude-code-session-id', 'sessionId'],
    ['session-id', 'sessionId'],
    ['x-session-id', 'sessionId'],
  ])('is understood from %s, which clients send by themselves', (header, field) => {
    expect(read({}, { [header]: 'x' })).toEqual({ [field]: 'x' });
  });

  it.each([
    [{ switchyard: { polcy: 'x' } }, {}, 'switchyard.polcy'],
    [{ switchyard: 'x' }, {}, 'switchyard'],
    [{ switchyard: { policy: 'cheap' } }, {}, 'switchyard.policy'],
    [{ switchyard: { policy: { maxAttempts: 'x' } } }, {}, 'switchyard.policy.maxAttempts'],
    [{ switchyard: { models: [1] } }, {}, 'switchyard.models.0'],
    [{ switchyard: { labels: { a: 1 } } }, {}, 'switchyard.labels.a'],
    [{}, { 'x-switchyard-timeout-ms': '1e3' }, 'x-switchyard-timeout-ms'],
    [{}, { 'x-switchyard-policy': 'cheap' }, 'x-switchyard-policy'],
    [{}, { 'x-switchyard-labels': 'core' }, 'x-switchyard-labels'],
  ])('%j with %j is refused by its name', (body, headers, name) => {
    expect(() => read(body, headers as Record<string, string>)).toThrow(`${name}: `);
  });

  it('a header field of ours that is none is refused by its name, as in the body', () => {
    expect(() => read({}, { 'x-switchyard-timeout': '5' })).toThrow(
      'x-switchyard-timeout: is no header field that is known here',
    );
  });
});
