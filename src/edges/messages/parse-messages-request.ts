import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { RawMessage, RawResponseFormat, RawRouteInput } from '../../routing/request/raw-route-input.ts';
import { refusalOf } from '../../routing/request/refused-options.ts';
import type { JsonObject } from '../../system/json.ts';
import type { ParsedCall } from '../common/api.ts';
import { headerOf, type RequestHeaders } from '../common/caller-words.ts';
import { readExtensions } from '../common/extensions.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { checkKnownParameters, unknownParameters } from '../common/parameters.ts';
import { routedBy } from '../common/routed-input.ts';
import { optionsFor, speakersOf } from '../common/speakers.ts';
import { messagesParameters } from './parameters.ts';
import { parseConversation, parseSystem } from './parse-content.ts';
import { parseThinking } from './parse-thinking.ts';
import { parseToolChoice, parseTools } from './parse-tools.ts';

/** A request of the Messages API, understood. */
export interface MessagesCall extends ParsedCall {
  /** Whether the text of thoughts is shown. */
  readonly showsThoughts: boolean;
}

/** Reads a request of `POST /v1/messages`. Throws ParameterError and UnknownModelError. */
export function parseMessagesCall(
  body: JsonReader,
  headers: RequestHeaders,
  catalog: CatalogView,
): MessagesCall {
  if (body.number('max_tokens') === undefined) body.refuse('max_tokens', 'is required');
  return parseCounted(body, headers, catalog);
}

/** The same of `POST /v1/messages/count_tokens`, which needs no `max_tokens`. */
export function parseCounted(body: JsonReader, headers: RequestHeaders, catalog: CatalogView): MessagesCall {
  checkKnownParameters(body, messagesParameters);
  const { effort, showsThoughts } = parseThinking(body);
  const tools = parseTools(body);
  const input: RawRouteInput = {
    ...routedBy(body.requiredText('model'), {}, readExtensions(body, headers), catalog),
    messages: withBreakpoints(body, [...parseSystem(body), ...parseConversation(body)]),
    maxOutputTokens: body.number('max_tokens'),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    topK: body.number('top_k'),
    stopSequences: body.texts('stop_sequences'),
    endUserId: body.object('metadata')?.text('user_id') || undefined,
    reasoningEffort: effort,
    responseFormat: parseFormat(body),
    ...(tools.length > 0 && { tools, ...parseToolChoice(body) }),
    providerOptions: optionsFor(speakersOf(catalog, 'anthropic'), parseOwn(body, headers)),
  };
  return { input, isStream: body.boolean('stream') ?? false, showsThoughts };
}

function parseFormat(body: JsonReader): RawResponseFormat | undefined {
  const config = body.object('output_config');
  config?.only(['effort', 'format', 'task_budget']);
  const format = config?.object('format') ?? body.object('output_format');
  if (format === undefined) return undefined;
  if (format.oneOf('type', ['json_schema']) === undefined) format.refuse('type', 'is required');
  return { type: 'json_schema', jsonSchema: format.requiredObject('schema').value };
}

/** What is kept by a provider up to a tool is kept up to the system prompt after the tools as well. */
function withBreakpoints(body: JsonReader, messages: readonly RawMessage[]): RawMessage[] {
  const isMarked = body.object('cache_control') !== undefined;
  const hasMarkedTool = (body.objects('tools') ?? []).some(
    (tool) => tool.object('cache_control') !== undefined,
  );
  const lastSystem = messages.findLastIndex(({ role }) => role === 'system');
  return messages.map((message, index) => {
    const isBreakpoint =
      (index === messages.length - 1 && isMarked) || (index === lastSystem && hasMarkedTool);
    return isBreakpoint ? { ...message, cacheBreakpoint: true } : message;
  });
}

/**
 * What is told to models that are called through Anthropic's API: betas, and fields as they are, those included that only
 * tomorrow's models know. Others, Claude in another cloud among them, do without: an answer is an answer without it, and
 * those clouds refuse betas unknown to them.
 */
function parseOwn(body: JsonReader, headers: RequestHeaders): JsonObject {
  const management = body.object('context_management')?.value;
  const tier = body.oneOf('service_tier', ['auto', 'standard_only']);
  const betas = headerOf(headers, 'anthropic-beta')
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return {
    ...(management !== undefined && { context_management: management }),
    ...(tier !== undefined && { serviceTier: tier }),
    ...(betas !== undefined && betas.length > 0 && { anthropicBeta: betas }),
    ...parseUnknown(body),
  };
}

/** What an option of a provider may not say, no field may say either. */
function parseUnknown(body: JsonReader): JsonObject {
  const fields = unknownParameters(body, messagesParameters).map((name) => {
    const value = body.raw(name) ?? null;
    const refusal = refusalOf(name, value);
    if (refusal !== undefined) body.refuse(name, refusal);
    return [name, value] as const;
  });
  return Object.fromEntries(fields);
}
