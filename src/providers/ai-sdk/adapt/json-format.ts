import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { ResponseFormat } from '../../message.ts';
import type { JsonObject } from '../../../system/json.ts';
import type { Dialect } from '../dialect.ts';
import { isStrictSchema } from '../parameters.ts';

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

/** A format as an option of the SDK, and the provider's own; what became of it. */
export interface WordedFormat {
  readonly option: Pick<LanguageModelV4CallOptions, 'responseFormat'>;
  readonly own: JsonObject;
  readonly notices: readonly string[];
}

/** A format as its provider takes it. */
export function wordFormat(
  format: ResponseFormat,
  { hasJsonMode, strictMode }: Pick<Dialect, 'hasJsonMode' | 'strictMode'>,
): WordedFormat {
  if (format.type === 'text') return { option: {}, own: {}, notices: [] };
  if (format.type === 'json' && !hasJsonMode) return { option: {}, own: {}, notices: [noticeOfWords] };
  const option = { responseFormat: toJsonFormat(format) };
  if (format.type === 'json' || !strictMode) return { option, own: {}, notices: [] };
  const isStrict = isStrictSchema(format.jsonSchema);
  return { option, own: { strictJsonSchema: isStrict }, notices: isStrict ? [] : [noticeOfSchema] };
}

const noticeOfWords = 'JSON was asked for in words: the provider has no mode for it.';
const noticeOfSchema =
  'The JSON schema was sent without strict mode, which takes only schemas with all properties required and no others allowed.';

function toJsonFormat(
  format: Exclude<ResponseFormat, { type: 'text' }>,
): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  if (format.type === 'json') return { type: 'json' };
  return { type: 'json', name: 'answer', schema: format.jsonSchema };
}
