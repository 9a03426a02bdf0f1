import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { ReasoningEffort } from '../../providers/message.ts';
import type { RawResponseFormat, RawRouteInput } from '../../routing/request/raw-route-input.ts';
import type { JsonObject, JsonValue } from '../../system/json.ts';
import type { ParsedCall } from '../common/api.ts';
import { labelsOf, type RequestHeaders } from '../common/caller-words.ts';
import { readExtensions } from '../common/extensions.ts';
import type { JsonReader } from '../common/json-reader.ts';
import { checkParameters } from '../common/parameters.ts';
import { routedBy } from '../common/routed-input.ts';
import { optionsFor, speakersOf } from '../common/speakers.ts';
import { responsesParameters } from './parameters.ts';
import { parseInput } from './parse-items.ts';
import { parseToolChoice, parseTools } from './parse-tools.ts';
import type { SpacedNames } from './spaced-names.ts';

/** A request of the Responses API, understood. */
export interface ResponsesCall extends ParsedCall {
  /** Whether the text of thoughts is shown. */
  readonly showsThoughts: boolean;
  /** Whether what providers want back of thoughts is handed out. */
  readonly handsOutState: boolean;
  readonly spaced: SpacedNames;
  /** Parameters that the answer repeats. */
  readonly echo: JsonObject;
}

const ENCRYPTED = 'reasoning.encrypted_content';

/** Reads a request of `POST /v1/responses`. Throws ParameterError and UnknownModelError. */
export function parseResponsesCall(
  body: JsonReader,
  headers: RequestHeaders,
  catalog: CatalogView,
): ResponsesCall {
  checkParameters(body, responsesParameters);
  const reasoning = body.object('reasoning');
  reasoning?.only(['effort', 'summary', 'generate_summary', 'context']);
  const summary = reasoning?.oneOf('summary', summaries) ?? reasoning?.oneOf('generate_summary', summaries);
  const include = body.texts('include') ?? [];
  if (include.some((each) => each !== ENCRYPTED)) body.refuse('include', `may name ${ENCRYPTED} alone`);
  const own = { labels: labelsOf(body, 'metadata'), sessionId: body.text('prompt_cache_key') };
  const { tools, spaced } = parseTools(body);
  const instructions = body.text('instructions') ?? '';
  const input: RawRouteInput = {
    ...routedBy(body.requiredText('model'), own, readExtensions(body, headers), catalog),
    messages: [
      ...(instructions.trim() === '' ? [] : [{ role: 'system' as const, content: instructions }]),
      ...parseInput(body),
    ],
    maxOutputTokens: body.number('max_output_tokens'),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    parallelToolCalls: tools.length === 0 ? undefined : body.boolean('parallel_tool_calls'),
    endUserId: body.text('safety_identifier') ?? body.text('user'),
    reasoningEffort: effortOf(reasoning),
    responseFormat: parseFormat(body),
    ...(tools.length > 0 && { tools, toolChoice: parseToolChoice(body) }),
    providerOptions: optionsFor(speakersOf(catalog, 'openai'), openaiOptions(body, summary)),
  };
  return {
    ...{ input, isStream: body.boolean('stream') ?? false },
    showsThoughts: summary !== undefined && summary !== 'none',
    handsOutState: include.includes(ENCRYPTED),
    spaced,
    echo: echoOf(body),
  };
}

const summaries = ['auto', 'concise', 'detailed', 'none'] as const;

const efforts: Readonly<Record<ReasoningEffort | 'xhigh', ReasoningEffort>> = {
  ...{ none: 'none', minimal: 'minimal', low: 'low', medium: 'medium', high: 'high' },
  ...{ xhigh: 'max', max: 'max' },
};

function effortOf(reasoning: JsonReader | undefined): ReasoningEffort | undefined {
  const effort = reasoning?.oneOf('effort', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);
  return effort === undefined ? undefined : efforts[effort];
}

/** What is told to OpenAI's models alone, as their adapter takes it. */
function openaiOptions(body: JsonReader, summary: (typeof summaries)[number] | undefined): JsonObject {
  const options: Record<string, JsonValue | undefined> = {
    textVerbosity: body.object('text')?.oneOf('verbosity', ['low', 'medium', 'high']),
    reasoningSummary: summary === 'none' ? undefined : summary,
    promptCacheKey: body.text('prompt_cache_key'),
    promptCacheRetention: body.text('prompt_cache_retention'),
    promptCacheOptions: body.object('prompt_cache_options')?.value,
  };
  return JSON.parse(JSON.stringify(options)) as JsonObject;
}

function parseFormat(body: JsonReader): RawResponseFormat | undefined {
  const text = body.object('text');
  text?.only(['format', 'verbosity']);
  const format = text?.object('format');
  switch (format?.oneOf('type', ['text', 'json_object', 'json_schema'])) {
    case 'json_object':
      return { type: 'json' };
    case 'json_schema':
      return { type: 'json_schema', jsonSchema: format?.requiredObject('schema').value };
    case 'text':
      return undefined;
    case undefined:
      return format?.refuse('type', 'is required');
  }
}

/** What an answer says of its request: clients have types for it. */
function echoOf(body: JsonReader): JsonObject {
  const of = (name: string, otherwise: JsonValue) => body.raw(name) ?? otherwise;
  return {
    instructions: of('instructions', null),
    max_output_tokens: of('max_output_tokens', null),
    metadata: of('metadata', {}),
    parallel_tool_calls: of('parallel_tool_calls', true),
    previous_response_id: null,
    reasoning: of('reasoning', { effort: null, summary: null }),
    store: false,
    temperature: of('temperature', null),
    text: of('text', { format: { type: 'text' } }),
    tool_choice: of('tool_choice', 'auto'),
    tools: of('tools', []),
    top_p: of('top_p', null),
    truncation: 'disabled',
  };
}
