import type { RawContentPart, RawMessage } from '../../routing/request/raw-route-input.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { parseAssistant } from './parse-assistant.ts';
import { breakpointOf, hasBreakpoint, parsePart, parseResult, textOfBlocks } from './parse-blocks.ts';

/** The system prompt, a text or blocks of it, as messages of its own. */
export function parseSystem(body: JsonReader): RawMessage[] {
  const system = body.raw('system');
  if (system === undefined) return [];
  if (typeof system === 'string') return system.trim() === '' ? [] : [{ role: 'system', content: system }];
  return (body.objects('system') ?? []).flatMap((block) => {
    if (block.oneOf('type', ['text']) === undefined) block.refuse('type', 'is required');
    const content = block.requiredText('text');
    return content.trim() === '' ? [] : [{ role: 'system' as const, content, ...breakpointOf(block) }];
  });
}

/** Messages, each of which may become several: results of tools are messages of their own here. */
export function parseConversation(body: JsonReader): RawMessage[] {
  const messages = body.objects('messages') ?? body.refuse('messages', 'is required');
  return messages.flatMap((message) => {
    const role = message.oneOf('role', ['user', 'assistant', 'system']);
    message.only(['role', 'content', 'id']);
    const content = message.raw('content');
    if (typeof content !== 'string' && !Array.isArray(content))
      return message.refuse('content', 'must be a text or a list of blocks');
    if (role === undefined) return message.refuse('role', 'is required');
    if (typeof content === 'string') return [{ role, content }];
    if (role === 'assistant') return parseAssistant(message);
    if (role === 'system') return [{ role, content: textOfBlocks(message.objects('content') ?? []) }];
    return parseUser(message);
  });
}

function parseUser(message: JsonReader): RawMessage[] {
  const results: RawMessage[] = [];
  const parts: RawContentPart[] = [];
  let isBreakpoint = false;
  for (const block of message.objects('content') ?? []) {
    if (block.raw('type') !== 'tool_result') {
      parts.push(...parsePart(block));
      isBreakpoint ||= hasBreakpoint(block);
      continue;
    }
    const { content, seen } = parseResult(block);
    results.push({
      role: 'tool',
      toolCallId: block.requiredText('tool_use_id'),
      content,
      ...breakpointOf(block),
    });
    // A tool's result is text: what it shows beside it is shown by the user right after.
    parts.push(...seen);
  }
  // Results come first: nothing may stand between calls and their results.
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', parts, ...(isBreakpoint && { cacheBreakpoint: true }) }];
}
