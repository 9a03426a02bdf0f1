import { EXTENSIONS, extensionHeaders } from '../common/extensions.ts';
import type { Rename } from '../common/fault-of.ts';

/** What fields of a routed call are called in the Responses API. */
const names: Readonly<Record<string, string>> = {
  messages: 'input',
  maxOutputTokens: 'max_output_tokens',
  topP: 'top_p',
  reasoningEffort: 'reasoning.effort',
  toolChoice: 'tool_choice',
  responseFormat: 'text.format',
  parallelToolCalls: 'parallel_tool_calls',
  endUserId: 'safety_identifier',
};

/** The same within an item, and within a tool. */
const within: Readonly<Record<string, readonly string[]>> = {
  parts: ['content'],
  image: ['image_url'],
  base64: [],
  url: [],
  toolCallId: ['call_id'],
  toolCalls: [],
  jsonSchema: ['schema'],
  toolName: ['name'],
  mode: [],
};

/** A path of a routed call in the words of the Responses API; of an item it tells the place among our messages. */
export const renameForResponses: Rename = ([field = '', ...rest]) => {
  if (Object.hasOwn(extensionHeaders, field)) return [EXTENSIONS, field, ...rest];
  const inner = rest.flatMap((step) => (Object.hasOwn(within, step) ? (within[step] ?? []) : [step]));
  return [...(names[field] ?? field).split('.'), ...inner];
};
