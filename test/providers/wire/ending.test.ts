import { describe, expect, it } from 'vitest';
import { givesReason, judgeEnding, readEnding } from '../../../src/providers/wire/ending.ts';

describe('the word that an answer ends with', () => {
  it.each([
    ['stop', ['stop', 'STOP', 'end_turn', 'stop_sequence', 'eos', 'COMPLETE']],
    [
      'length',
      ['length', 'MAX_TOKENS', 'max_output_tokens', 'model_length', 'model_context_window_exceeded'],
    ],
    ['tool_calls', ['tool_calls', 'tool-calls', 'tool_use', 'function_call']],
    ['content_filter', ['content_filter', 'SAFETY', 'RECITATION', 'BLOCKLIST', 'SPII', 'PROHIBITED_CONTENT']],
    ['content_filter', ['refusal', 'LANGUAGE', 'IMAGE_SAFETY', 'MODEL_ARMOR', 'guardrail_intervened']],
    ['invalid_output', ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS']],
    [
      'invalid_output',
      ['tool_use_failed', 'json_validate_failed', 'malformed_tool_use', 'MALFORMED_RESPONSE'],
    ],
    ['failed', ['insufficient_system_resource', 'network_error']],
    ['broken_off', ['error', 'interrupted', 'abort', 'cancelled']],
  ])('means %s, whoever says it', (ending, words) => {
    expect(words.map(readEnding)).toEqual(words.map(() => ending));
  });

  it.each(['', 'something_new', 'constructor', undefined, null, 5])('means nothing known: %s', (word) => {
    expect(readEnding(word)).toBeUndefined();
  });

  it('is a reason unless it is empty or unspecified', () => {
    const words = ['stop', 'something_new', '', ' ', 'FINISH_REASON_UNSPECIFIED', undefined, null];
    expect(words.filter(givesReason)).toEqual(['stop', 'something_new']);
  });
});

describe('an ended answer', () => {
  const judged = (word: string | undefined, text: string, toolNames: readonly string[] = []) => {
    const verdict = judgeEnding({
      ending: readEnding(word),
      saysWhy: givesReason(word),
      hasText: text !== '',
      calls: toolNames.map((name) => ({ id: 'c', name, arguments: '{}' })),
    });
    return typeof verdict === 'object' ? verdict.failureClass : verdict;
  };

  it.each([
    ['stop', 'words', 'stop'],
    ['stop', '', 'stop'],
    ['length', 'words', 'length'],
    ['length', '', 'EMPTY_OUTPUT'],
    ['content_filter', 'words', 'content_filter'],
    ['content_filter', '', 'CONTENT_FILTER'],
    ['something_new', 'words', 'other'],
    ['something_new', '', 'EMPTY_OUTPUT'],
    [undefined, '', 'MALFORMED'],
    ['', '', 'MALFORMED'],
    ['MALFORMED_FUNCTION_CALL', 'words', 'INVALID_OUTPUT'],
    ['UNEXPECTED_TOOL_CALL', '', 'INVALID_OUTPUT'],
    ['MISSING_THOUGHT_SIGNATURE', '', 'INVALID_REQUEST'],
    ['insufficient_system_resource', 'words', 'SERVER_ERROR'],
    ['error', 'words', 'MALFORMED'],
  ])('by %s, with %o, is %s', (word, text, expected) => {
    expect(judged(word, text)).toBe(expected);
  });

  it.each(['stop', 'tool_calls', 'something_new', undefined])(
    'that calls tools waits for their results, though it says %s',
    (word) => {
      expect(judged(word, '', ['weather'])).toBe('tool_calls');
      expect(judged(word, 'words', ['weather'])).toBe('tool_calls');
    },
  );

  it.each(['length', 'content_filter'])('that was cut amid its calls by %s says so', (word) => {
    expect(judged(word, '', ['weather'])).toBe(word);
  });

  it('waits for nothing when it says tool_calls and holds none', () => {
    expect(judged('tool_calls', 'words')).toBe('stop');
    expect(judged('tool_calls', '')).toBe('INVALID_OUTPUT');
  });

  it('is invalid when it calls a tool without a name', () => {
    expect(judged('tool_calls', 'words', ['weather', ''])).toBe('INVALID_OUTPUT');
  });
});
