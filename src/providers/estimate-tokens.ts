import type { ContentPart, Message, ResponseFormat, Tool } from './message.ts';

/** What role marks and separators around each message and tool cost. */
const OVERHEAD_TOKENS = 4;

/** A picture of a common size, whatever it weighs: providers count tiles, which only the decoded image tells. */
const IMAGE_TOKENS = 1000;

/** The parts of a request that a model reads. */
export interface ModelInput {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly responseFormat: ResponseFormat;
}

/**
 * How many input tokens a request is likely to be, without any model's tokenizer: four ASCII characters make a
 * token and every other character is one. That is close for English and code, and above the truth for most other
 * scripts: too early a CONTEXT_TOO_SMALL costs a candidate, too late a one costs a failed call.
 */
export function estimateInputTokens({ messages, tools, responseFormat }: ModelInput): number {
  let quarters = 4 * OVERHEAD_TOKENS * (messages.length + tools.length);
  for (const message of messages) quarters += messageQuarters(message);
  for (const { name, description, parameters } of tools) {
    quarters +=
      textQuarters(name) + textQuarters(description ?? '') + textQuarters(JSON.stringify(parameters));
  }
  if (responseFormat.type === 'json_schema')
    quarters += textQuarters(JSON.stringify(responseFormat.jsonSchema));
  return Math.ceil(quarters / 4);
}

/** How many tokens a text that a model wrote is likely to be. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(textQuarters(text) / 4);
}

function messageQuarters(message: Message): number {
  switch (message.role) {
    case 'system':
    case 'tool':
      return textQuarters(message.text);
    case 'user':
      return message.parts.reduce((sum, part) => sum + partQuarters(part), 0);
    case 'assistant':
      return message.toolCalls.reduce(
        (sum, call) => sum + 4 * OVERHEAD_TOKENS + textQuarters(call.name) + textQuarters(call.arguments),
        textQuarters(message.text),
      );
  }
}

function partQuarters(part: ContentPart): number {
  return part.type === 'text' ? textQuarters(part.text) : 4 * IMAGE_TOKENS;
}

/** Quarters of a token, so that many short texts do not add up many roundings. */
function textQuarters(text: string): number {
  let quarters = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 127) quarters += 3;
  }
  return quarters;
}
