import { EXTENSIONS, extensionHeaders } from '../common/extensions.ts';
import type { Rename } from '../common/fault-of.ts';

/** What fields of a routed call are called in the Messages API. */
const names: Readonly<Record<string, string>> = {
  maxOutputTokens: 'max_tokens',
  topP: 'top_p',
  topK: 'top_k',
  stopSequences: 'stop_sequences',
  reasoningEffort: 'thinking',
  toolChoice: 'tool_choice',
  responseFormat: 'output_config.format',
  parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
  endUserId: 'metadata.user_id',
};

/** The same within a message, and within a tool. */
const within: Readonly<Record<string, readonly string[]>> = {
  parts: ['content'],
  image: ['source'],
  file: ['source'],
  base64: ['data'],
  mediaType: ['media_type'],
  toolCallId: ['content', 'tool_use_id'],
  toolCalls: ['content'],
  arguments: ['input'],
  parameters: ['input_schema'],
  jsonSchema: ['schema'],
  toolName: ['name'],
  mode: ['type'],
};

/** A path of a routed call in the words of the Messages API; of a message it tells the place among ours. */
export const renameForMessages: Rename = ([field = '', ...rest]) => {
  if (field === 'providerOptions') return renameOption(rest);
  if (Object.hasOwn(extensionHeaders, field)) return [EXTENSIONS, field, ...rest];
  const inner = rest.flatMap((step) => (Object.hasOwn(within, step) ? (within[step] ?? []) : [step]));
  return [...(names[field] ?? field).split('.'), ...inner];
};

/** An option of Anthropic's adapter as the parameter that it came as. */
function renameOption([, name, ...rest]: readonly string[]): readonly string[] {
  if (name === undefined) return [];
  if (name === 'anthropicBeta') return ['anthropic-beta'];
  return [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), ...rest];
}
