import type { ProviderAnswer, TokenUsage } from '../../providers/provider.ts';
import type { JsonObject } from '../../system/json.ts';
import { restOfState, thoughtsOf } from '../common/thought-state.ts';
import { spacedName, type SpacedNames } from './spaced-names.ts';

/** What a response is called by, and what it shows. */
export interface RespondedBy {
  /** Without a prefix; the ids of its items are made from it. */
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly showsThoughts: boolean;
  readonly handsOutState: boolean;
  readonly spaced: SpacedNames;
  readonly echo: JsonObject;
}

/** An answer as the Responses API words it. */
export function wordResponse(answer: ProviderAnswer, by: RespondedBy): JsonObject {
  return finishedResponse(wordOutput(answer, by), answer, by);
}

/** A response that is complete, or ended early, with these items. */
export function finishedResponse(
  output: readonly JsonObject[],
  { finishReason, usage }: Pick<ProviderAnswer, 'finishReason' | 'usage'>,
  by: RespondedBy,
): JsonObject {
  const reason = endedEarly[finishReason];
  return {
    ...responseWith(reason === undefined ? 'completed' : 'incomplete', output, by),
    incomplete_details: reason === undefined ? null : { reason },
    usage: wordUsage(usage),
  };
}

const endedEarly: Readonly<Record<string, string | undefined>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

/** A response in any state, with the items that it has by then. */
export function responseWith(status: string, output: readonly JsonObject[], by: RespondedBy): JsonObject {
  return {
    ...{ id: `resp_${by.id}`, object: 'response', created_at: by.createdAt, status, background: false },
    ...{ error: null, incomplete_details: null, model: by.model, output },
    ...by.echo,
    usage: null,
  };
}

function wordUsage(usage: TokenUsage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}

function wordOutput(answer: ProviderAnswer, by: RespondedBy): JsonObject[] {
  const items: ((id: string) => JsonObject)[] = [
    ...thoughtsOf(answer)
      .filter(() => by.handsOutState || by.showsThoughts)
      .map((thought) => (id: string) => reasoningItem(id, thought, by)),
    ...(answer.text === '' ? [] : [(id: string) => messageItem(id, answer.text)]),
    ...answer.toolCalls.map((call) => (id: string) => callItem(id, call, by)),
    ...carriersOf(answer, by),
  ];
  return items.map((make, index) => make(itemId(by, index)));
}

/** The id of the item at an index; its kind's prefix comes before it. */
export function itemId({ id }: RespondedBy, index: number): string {
  return `${id}_${index}`;
}

/** What a model has said. */
export function messageItem(id: string, text: string, status = 'completed'): JsonObject {
  const content = status === 'completed' ? [textPart(text)] : [];
  return { id: `msg_${id}`, type: 'message', status, role: 'assistant', content };
}

/** A text within a message. */
export function textPart(text: string): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** A function that is to be called. */
export function callItem(
  id: string,
  call: { readonly id: string; readonly name: string; readonly arguments: string },
  { spaced }: Pick<RespondedBy, 'spaced'>,
  status = 'completed',
): JsonObject {
  const { id: call_id, arguments: args } = call;
  const called = spacedName(call.name, spaced);
  return { id: `fc_${id}`, type: 'function_call', status, call_id, ...called, arguments: args };
}

/** A thought, as far as it is shown and handed out. */
export function reasoningItem(
  id: string,
  { text, seal }: { readonly text: string; readonly seal: string },
  { showsThoughts, handsOutState }: RespondedBy,
): JsonObject {
  const summary = showsThoughts && text !== '' ? [{ type: 'summary_text', text }] : [];
  return {
    ...{ id: `rs_${id}`, type: 'reasoning', summary },
    ...(handsOutState && seal !== '' && { encrypted_content: seal }),
  };
}

/** What providers want back with the calls themselves, in an item that clients send back as it is; mostly none. */
export function carriersOf(
  { toolCalls }: Pick<ProviderAnswer, 'toolCalls'>,
  by: RespondedBy,
): ((id: string) => JsonObject)[] {
  const carried = toolCalls.flatMap(({ id, providerState }) => {
    const rest = restOfState(providerState);
    return rest === undefined ? [] : [[id, rest] as const];
  });
  if (carried.length === 0 || !by.handsOutState) return [];
  const seal = JSON.stringify({ calls: Object.fromEntries(carried) });
  return [(id) => reasoningItem(id, { text: '', seal }, by)];
}
