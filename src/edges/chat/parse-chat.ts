import type { CatalogView } from '../../catalog/catalog-view.ts';
import { reasoningEfforts, type ReasoningEffort } from '../../providers/message.ts';
import type { RawRouteInput } from '../../routing/request/raw-route-input.ts';
import { outputTokensRule } from '../../routing/request/parse-request.ts';
import type { ParsedCall } from '../common/api.ts';
import { labelsOf, type RequestHeaders } from '../common/caller-words.ts';
import { readExtensions } from '../common/extensions.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { checkParameters, passedOn } from '../common/parameters.ts';
import { routedBy } from '../common/routed-input.ts';
import { handOn, type HandedOn } from './handed-on.ts';
import { chatParameters } from './parameters.ts';
import { parseMessages } from './parse-messages.ts';
import { parseResponseFormat, parseToolChoice, parseTools } from './parse-tools.ts';

/** A request of Chat Completions, understood. */
export interface ChatCall extends ParsedCall {
  /** Whether the last chunk of a stream tells what was used. */
  readonly includeUsage: boolean;
  /** What not every provider is told. */
  readonly handedOn: readonly HandedOn[];
}

/** Reads a request of `POST /v1/chat/completions`. Throws ParameterError and UnknownModelError. */
export function parseChat(body: JsonReader, headers: RequestHeaders, catalog: CatalogView): ChatCall {
  checkParameters(body, chatParameters);
  const isStream = body.boolean('stream') ?? false;
  const options = body.object('stream_options');
  options?.only(['include_usage', 'include_obfuscation']);
  if (options !== undefined && !isStream) body.refuse('stream_options', 'belongs to streams alone');
  if (options?.boolean('include_obfuscation') === true)
    options.refuse('include_obfuscation', 'must be false: nothing is padded');
  const { providerOptions, handedOn } = handOn(passedOn(body, chatParameters), catalog);
  const input: RawRouteInput = {
    ...routedBy(body.requiredText('model'), ownWords(body), readExtensions(body, headers), catalog),
    messages: parseMessages(body),
    ...parseHints(body),
    ...parseToolChoice(body, parseTools(body)),
    parallelToolCalls: body.boolean('parallel_tool_calls'),
    responseFormat: parseResponseFormat(body),
    endUserId: body.text('safety_identifier') ?? body.text('user'),
    providerOptions,
  };
  return {
    input,
    isStream,
    includeUsage: options?.boolean('include_usage') ?? false,
    handedOn,
  };
}

function ownWords(body: JsonReader): Pick<RawRouteInput, 'labels' | 'sessionId'> {
  return { labels: labelsOf(body, 'metadata'), sessionId: body.text('prompt_cache_key') };
}

function parseHints(body: JsonReader): Partial<RawRouteInput> {
  const stop = typeof body.raw('stop') === 'string' ? [body.requiredText('stop')] : body.texts('stop');
  return {
    maxOutputTokens: readBudget(body),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    seed: body.number('seed'),
    presencePenalty: body.number('presence_penalty'),
    frequencyPenalty: body.number('frequency_penalty'),
    stopSequences: stop,
    reasoningEffort: effortOf(body),
  };
}

const efforts = [...reasoningEfforts, 'xhigh'] as const;

function effortOf(body: JsonReader): ReasoningEffort | undefined {
  const effort = body.oneOf('reasoning_effort', efforts);
  return effort === 'xhigh' ? 'max' : effort;
}

/** The output budget, whose fault is told under the one of its two names that was sent. */
function readBudget(body: JsonReader): number | undefined {
  const name = body.number('max_completion_tokens') === undefined ? 'max_tokens' : 'max_completion_tokens';
  const tokens = body.number(name);
  const isSound = tokens === undefined || outputTokensRule.read(tokens) !== undefined;
  return isSound ? tokens : body.refuse(name, outputTokensRule.message);
}
