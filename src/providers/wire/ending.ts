import type { ProviderFailure } from '../failure.ts';
import type { ToolCall } from '../message.ts';
import type { FinishReason } from '../provider.ts';
import { callBounds, canBeHandedOut } from '../answer-bounds.ts';

/** What a provider's word for the end of an answer means: why it stopped, or why what it delivered is no answer. */
export type Ending = FinishReason | 'invalid_output' | 'invalid_request' | 'failed' | 'broken_off';

/**
 * The words that providers end answers with, in lower case. Chat Completions and who copies it, Responses,
 * Anthropic, Google (https://ai.google.dev/api/generate-content#FinishReason), Bedrock, Cohere, Mistral, DeepSeek, xAI,
 * Zhipu and Groq; a word that stands here means the same whoever says it.
 */
const words: Readonly<Record<string, Ending>> = {
  ...meaning('stop', 'stop end_turn stop_sequence pause_turn eos eos_token complete completed'),
  ...meaning(
    'length',
    'length max_tokens max_output_tokens model_length max_length model_context_window_exceeded error_limit ' +
      'max_prompt_tokens max_time_limit incomplete',
  ),
  ...meaning('tool_calls', 'tool_calls tool_call tool_use function_call'),
  ...meaning(
    'content_filter',
    'content_filter content_filtered safety recitation blocklist prohibited_content spii language refusal ' +
      'image_safety image_prohibited_content image_recitation model_armor jailbreak guardrail_intervened ' +
      'error_toxic sensitive data_inspection_failed',
  ),
  ...meaning(
    'invalid_output',
    'malformed_function_call unexpected_tool_call too_many_tool_calls malformed_response ' +
      'malformed_model_output malformed_tool_use tool_use_failed json_validate_failed output_parse_failed',
  ),
  ...meaning('invalid_request', 'missing_thought_signature'),
  ...meaning('failed', 'insufficient_system_resource network_error'),
  ...meaning(
    'broken_off',
    'error timeout interrupted abort aborted cancelled canceled failed timeout queued in_progress',
  ),
};

function meaning(ending: Ending, list: string): Record<string, Ending> {
  return Object.fromEntries(list.split(' ').map((word) => [word, ending]));
}

/** What weighs more than the others when several words are told of one end, heaviest first. */
const heavy: readonly Ending[] = [
  'invalid_output',
  'invalid_request',
  'failed',
  'content_filter',
  'broken_off',
  'length',
];

/**
 * What such a word means, or several of one end; undefined for words that are none, and for such as nobody knows. A
 * word that says that something went wrong outweighs one that does not; else the first counts.
 */
export function readEnding(...told: readonly unknown[]): Ending | undefined {
  const meant = told.map(meaningOf).filter((ending) => ending !== undefined);
  return heavy.find((ending) => meant.includes(ending)) ?? meant[0];
}

function meaningOf(word: unknown): Ending | undefined {
  if (typeof word !== 'string') return undefined;
  const known = word.toLowerCase().replaceAll(/[- ]/g, '_');
  return Object.hasOwn(words, known) ? words[known] : undefined;
}

/** Whether a provider's word is a reason at all, known or not: `""` is none, and neither is Google's UNSPECIFIED. */
export function givesReason(word: unknown): boolean {
  return typeof word === 'string' && word.trim() !== '' && !/unspecified$/i.test(word);
}

/** What the end of an answer is judged by. */
export interface EndedAnswer {
  /** What the provider's word means, or what stands for it. */
  readonly ending: Ending | undefined;
  /** Whether the provider gave a reason of its own. */
  readonly saysWhy: boolean;
  readonly hasText: boolean;
  /** The tools that it calls. */
  readonly calls: readonly ToolCall[];
}

/** Why an answer ended, or the failure that it is although its HTTP status says success. */
export function judgeEnding({
  ending,
  saysWhy,
  hasText,
  calls,
}: EndedAnswer): FinishReason | ProviderFailure {
  switch (ending) {
    case 'invalid_output':
    case 'invalid_request':
    case 'failed':
    case 'broken_off':
      return failures[ending];
    default:
      break;
  }
  // Calls wait for their results whatever word they came with, and without calls there is nothing to wait for.
  // What is handed out can come back: such a call could not.
  if (calls.length > callBounds.calls || !calls.every(canBeHandedOut)) return failures.invalid_output;
  if (calls.length > 0) return ending === 'length' || ending === 'content_filter' ? ending : 'tool_calls';
  if (ending === 'tool_calls') return hasText ? 'stop' : failures.promised;
  if (hasText || ending === 'stop') return ending ?? 'other';
  if (ending === 'content_filter') return failures.withheld;
  if (!saysWhy) return failures.unexplained;
  return ending === 'length' ? failures.spent : failures.empty;
}

const failures = {
  invalid_output: {
    failureClass: 'INVALID_OUTPUT',
    message: 'The model wrote something that its provider would not deliver, such as a broken tool call.',
  },
  invalid_request: {
    failureClass: 'INVALID_REQUEST',
    message: 'The provider ended the answer because of the request.',
  },
  failed: { failureClass: 'SERVER_ERROR', message: 'The provider failed amid its answer.' },
  broken_off: { failureClass: 'MALFORMED', message: 'The provider broke off its answer.' },
  promised: {
    failureClass: 'INVALID_OUTPUT',
    message: 'The answer ends with tool calls, but holds none.',
  },
  withheld: { failureClass: 'CONTENT_FILTER', message: "The provider's content filter withheld the answer." },
  unexplained: {
    failureClass: 'MALFORMED',
    message: 'The response holds no answer and no reason for that.',
  },
  spent: {
    failureClass: 'EMPTY_OUTPUT',
    message: 'The model spent its output budget without an answer.',
  },
  empty: { failureClass: 'EMPTY_OUTPUT', message: 'The model ended without an answer.' },
} satisfies Record<string, ProviderFailure>;
