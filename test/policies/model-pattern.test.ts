import { describe, expect, test } from 'vitest';
import { isModelPattern, matcherOf } from '../../src/policies/model-pattern.ts';

describe('a model pattern', () => {
  test.each(['openai/gpt-5-mini', 'openai/*', 'togetherai/meta-llama/Llama-3.3-70B', 'a/:free'])(
    '%s is one',
    (text) => expect(isModelPattern(text)).toBe(true),
  );

  test.each([
    '',
    'openai',
    'openai/',
    '/gpt-5',
    '*/gpt-5',
    '*',
    'openai/gpt*',
    'openai/a b',
    'OpenAI/gpt-5',
    'a/b\n',
  ])('%j is none', (text) => expect(isModelPattern(text)).toBe(false));

  test('names one model, or all of a provider, and nothing else', () => {
    expect(matcherOf(['openai/gpt-5'])('openai', 'openai/gpt-5')).toBe(true);
    expect(matcherOf(['openai/gpt-5'])('openai', 'openai/gpt-5-mini')).toBe(false);
    expect(matcherOf(['openai/*'])('openai', 'openai/gpt-5-mini')).toBe(true);
    expect(matcherOf(['open/*'])('openai', 'openai/gpt-5-mini')).toBe(false);
    expect(matcherOf(['meta/llama/70b'])('meta', 'meta/llama/70b')).toBe(true);
    expect(matcherOf([])('openai', 'openai/gpt-5')).toBe(false);
  });
});
