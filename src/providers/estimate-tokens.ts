import type { EmbeddingTask } from './embedding.ts';
import type { ContentPart, Message, ResponseFormat, Tool, ToolCall } from './message.ts';

/** What role marks and separators around each message and tool cost. */
const OVERHEAD_TOKENS = 4;

/** A picture of a common size: providers count tiles, which only the decoded image tells. */
const IMAGE_TOKENS = 1000;

/** Large images are read in more tiles: some providers count a token for so many characters of their Base64, others fewer. */
const IMAGE_CHARACTERS_PER_TOKEN = 1000;

/** A document of a few pages, where only its place is known. */
const UNSEEN_FILE_TOKENS = 5000;

/** Base64 of plain text: four characters of it are three bytes, and four of those a token. */
const TEXT_CHARACTERS_PER_TOKEN = 16 / 3;

/** A page of a PDF is some 2 000 tokens and 50 kB; a minute of sound as many, and 500 kB: the dearer one counts. */
const FILE_CHARACTERS_PER_TOKEN = 33;

const USUAL_ID_CHARACTERS = 64;

/** The parts of a request that a model reads. */
export interface ModelInput {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly responseFormat: ResponseFormat;
  readonly embedding?: EmbeddingTask;
}

/**
 * How many input tokens a request is likely to be, without any model's tokenizer: four ASCII characters make a
 * token and every other character is one. That is close for English and code, and above the truth for most other
 * scripts: too early a CONTEXT_TOO_SMALL costs a candidate, too late a one costs a failed call.
 */
export function estimateInputTokens({ messages, tools, responseFormat, embedding }: ModelInput): number {
  if (embedding !== undefined) return estimateEmbeddingTokens(embedding);
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

/** How many tokens a task is likely to be. */
export function estimateEmbeddingTokens({ inputs }: EmbeddingTask): number {
  return inputs.reduce(
    (sum, input) => sum + (typeof input === 'string' ? estimateTextTokens(input) : input.length),
    0,
  );
}

/** How many tokens a text that a model wrote is likely to be. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(textQuarters(text) / 4);
}

function messageQuarters(message: Message): number {
  switch (message.role) {
    case 'system':
      return textQuarters(message.text);
    case 'tool':
      return idQuarters(message.toolCallId) + textQuarters(message.text);
    case 'user':
      return message.parts.reduce((sum, part) => sum + partQuarters(part), 0);
    case 'assistant':
      return message.toolCalls.reduce(
        (sum, call) => sum + callQuarters(call),
        textQuarters(message.text) + textQuarters(message.providerState ?? ''),
      );
  }
}

/** What goes back to a provider with a call is read by the model, and paid for, like all else. */
function callQuarters({ id, name, arguments: args, providerState = '' }: ToolCall): number {
  const texts = [name, args, providerState];
  return 4 * OVERHEAD_TOKENS + idQuarters(id) + texts.reduce((sum, text) => sum + textQuarters(text), 0);
}

/** Ids of a usual length are among the marks around a message; longer ones carry something. */
function idQuarters(id: string): number {
  return textQuarters(id.slice(USUAL_ID_CHARACTERS));
}

function partQuarters(part: ContentPart): number {
  if (part.type === 'text') return textQuarters(part.text);
  const characters = 'base64' in part ? part.base64.length : 0;
  if (part.type === 'file') {
    if (characters === 0) return 4 * UNSEEN_FILE_TOKENS;
    const perToken = part.mediaType.startsWith('text/')
      ? TEXT_CHARACTERS_PER_TOKEN
      : FILE_CHARACTERS_PER_TOKEN;
    return Math.ceil((4 * characters) / perToken);
  }
  return 4 * Math.max(IMAGE_TOKENS, Math.ceil(characters / IMAGE_CHARACTERS_PER_TOKEN));
}

/** Quarters of a token, so that many short texts do not add up many roundings. */
function textQuarters(text: string): number {
  let quarters = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 127) quarters += 3;
  }
  return quarters;
}
