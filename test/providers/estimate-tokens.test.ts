import { expect, test } from 'vitest';
import { estimateInputTokens, type ModelInput } from '../../src/providers/estimate-tokens.ts';

function tokensOf(input: Partial<ModelInput>): number {
  return estimateInputTokens({ messages: [], tools: [], responseFormat: { type: 'text' }, ...input });
}

const system = (text: string) => tokensOf({ messages: [{ role: 'system', text }] });

test('four ASCII characters make a token, beside four for the message itself', () => {
  expect(system('')).toBe(4);
  expect(system('abcdefgh')).toBe(6);
  expect(system('abcdefghi')).toBe(7);
});

test('every character beyond ASCII makes a token', () => {
  expect(system('日本語')).toBe(7);
});

test('an image is a thousand tokens, and more where it weighs more', () => {
  const parts = [
    { type: 'text', text: 'what is it' },
    { type: 'image', base64: 'A'.repeat(100_000), mediaType: 'image/png' },
  ] as const;
  expect(tokensOf({ messages: [{ role: 'user', parts }] })).toBe(1007);
  const large = { type: 'image', base64: 'A'.repeat(5_000_000), mediaType: 'image/png' } as const;
  expect(tokensOf({ messages: [{ role: 'user', parts: [large] }] })).toBe(5004);
});

test('tool calls, their answers, tools and a JSON schema count', () => {
  const toolCalls = [{ id: 'call_1', name: 'find', arguments: '{"q": 12345}' }];
  expect(tokensOf({ messages: [{ role: 'assistant', text: '', toolCalls }] })).toBe(12);
  expect(
    tokensOf({ messages: [{ role: 'tool', toolCallId: 'call_1', toolName: 'find', text: 'four' }] }),
  ).toBe(5);
  // 4 for the tool, "find" 1, "seek" 1, {"type":"object"} 4.25, rounded up once
  expect(tokensOf({ tools: [{ name: 'find', description: 'seek', parameters: { type: 'object' } }] })).toBe(
    11,
  );
  expect(tokensOf({ responseFormat: { type: 'json_schema', jsonSchema: { type: 'object' } } })).toBe(5);
});

test('what goes back to a provider counts: its state, and what stands in long ids', () => {
  const long = 'a'.repeat(4000);
  const call = { id: 'c', name: 'find', arguments: '{}' };
  const calling = (toolCall: object) =>
    tokensOf({ messages: [{ role: 'assistant', text: '', toolCalls: [{ ...call, ...toolCall }] }] });
  expect(calling({ providerState: long }) - calling({})).toBe(1000);
  expect(calling({ id: long }) - calling({})).toBe(984);
  const assistant = { role: 'assistant', text: 'a', toolCalls: [] } as const;
  const message = (state: object) => tokensOf({ messages: [{ ...assistant, ...state }] });
  expect(message({ providerState: long }) - message({})).toBe(1000);
  expect(tokensOf({ messages: [{ role: 'tool', toolCallId: long, toolName: 'f', text: '' }] })).toBe(988);
});
