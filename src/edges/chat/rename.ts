import { EXTENSIONS, extensionHeaders } from '../common/extensions.ts';
import type { Rename } from '../common/fault-of.ts';

/** What fields of a routed call are called in Chat Completions. */
const names: Readonly<Record<string, string>> = {
  maxOutputTokens: 'max_completion_tokens',
  topP: 'top_p',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  stopSequences: 'stop',
  reasoningEffort: 'reasoning_effort',
  toolChoice: 'tool_choice',
  responseFormat: 'response_format',
  parallelToolCalls: 'parallel_tool_calls',
  endUserId: 'user',
};

/** The same within a message, and within a tool. */
const within: Readonly<Record<string, readonly string[]>> = {
  parts: ['content'],
  image: ['image_url'],
  base64: ['url'],
  toolCallId: ['tool_call_id'],
  toolCalls: ['tool_calls'],
  arguments: ['function', 'arguments'],
  jsonSchema: ['json_schema', 'schema'],
  toolName: ['function', 'name'],
  mode: [],
};

/** A path of a routed call in the words of Chat Completions. */
export const renameForChat: Rename = ([field = '', ...rest]) => {
  if (Object.hasOwn(extensionHeaders, field)) return [EXTENSIONS, field, ...rest];
  const inner = rest.flatMap((step) => (Object.hasOwn(within, step) ? (within[step] ?? []) : [step]));
  if (field === 'tools' && inner.length > 1) return [field, inner[0] ?? '', 'function', ...inner.slice(1)];
  return [names[field] ?? field, ...inner];
};
