import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ResponseFormat } from '../../message.ts';
import type { Dialect } from '../dialect.ts';

const jsonInstruction = 'Answer with one JSON value and nothing else.';

/**
 * JSON without a schema is a mode that OpenAI grants only when the prompt asks for it, and Anthropic does not have; Cohere
 * wants to be asked for it with a schema, too.
 */
export function withJsonInstruction(
  prompt: LanguageModelV4CallOptions['prompt'],
  format: ResponseFormat,
  { optionsOwner }: Pick<Dialect, 'optionsOwner'>,
): LanguageModelV4CallOptions['prompt'] {
  if (format.type === 'text' || (format.type === 'json_schema' && optionsOwner !== 'cohere')) return prompt;
  const start = prompt.findIndex((message) => message.role !== 'system');
  return prompt.toSpliced(start === -1 ? prompt.length : start, 0, {
    role: 'system',
    content: jsonInstruction,
  });
}

export function toJsonFormat(
  format: Exclude<ResponseFormat, { type: 'text' }>,
): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (format.type === 'json') return { type: 'json' };
  return { type: 'json', name: 'answer', schema: format.jsonSchema };
}
