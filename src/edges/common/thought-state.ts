import type { ProviderAnswer } from '../../providers/provider.ts';
import type { RawToolCall } from '../../routing/request/raw-route-input.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../system/json.ts';

// What a provider wants back with its thoughts and calls travels through clients that know nothing of it, in the
// places where their APIs let opaque text through: signatures, encrypted contents. What stands there is the state as
// the answer had it, without the thought's text, which stands beside it.

/** The state of a thought as it is handed out beside its text. */
export function sealThought(providerState: string): string {
  const state = parse(providerState);
  const thoughts = thoughtsOfState(state);
  if (state === undefined || thoughts.length === 0) return providerState;
  return JSON.stringify({ ...state, thoughts: thoughts.map(withoutText) });
}

/**
 * The state of a thought that came back with its text. A seal that is none of ours is one of the vendor whose API it
 * came by: `owner` says how that one's would look.
 */
export function openThought(
  seal: string,
  text: string,
  owner: { readonly provider: string; readonly options: (seal: string) => JsonObject },
): JsonObject {
  const state = parse(seal);
  const thoughts = thoughtsOfState(state);
  if (state === undefined || typeof state['provider'] !== 'string' || thoughts.length === 0) {
    return { provider: owner.provider, thoughts: [{ text, options: owner.options(seal) }] };
  }
  return { ...state, thoughts: thoughts.map((thought) => ({ ...thought, text })) };
}

/** Several states as one; of another provider's than the last one's nothing is kept. */
export function joinStates(states: readonly JsonObject[]): string | undefined {
  const last = states.at(-1);
  if (last === undefined) return undefined;
  const own = states.filter(({ provider }) => provider === last['provider']);
  const thoughts = own.flatMap(thoughtsOfState);
  const options = own.findLast((state) => state['options'] !== undefined)?.['options'];
  return JSON.stringify({
    provider: last['provider'] ?? '',
    ...(options !== undefined && { options }),
    ...(thoughts.length > 0 && { thoughts }),
  });
}

/**
 * What is in a state beside its thoughts, which travel elsewhere; undefined: nothing that is needed. The ids of items
 * are what OpenAI calls what it has kept, and it keeps nothing of ours.
 */
export function restOfState(providerState: string | undefined): JsonObject | undefined {
  const state = providerState === undefined ? undefined : parse(providerState);
  const options = isJsonObject(state?.['options']) ? Object.values(state['options']) : [];
  const names = options.flatMap((each) => (isJsonObject(each) ? Object.keys(each) : []));
  if (state === undefined || names.every((name) => name === 'itemId')) return undefined;
  return Object.fromEntries(Object.entries(state).filter(([name]) => name !== 'thoughts'));
}

/** A call with what else its provider wants back, which came in a place of its own. */
export function withCarried(call: RawToolCall, carried: ReadonlyMap<string, JsonObject>): RawToolCall {
  const state = carried.get(call.id);
  if (state === undefined) return call;
  const thoughts = call.providerState == null ? undefined : parse(call.providerState);
  const joined = joinStates([...(thoughts === undefined ? [] : [thoughts]), state]);
  return { ...call, ...(joined !== undefined && { providerState: joined }) };
}

/** The thoughts of a state, each with its text and what is handed out beside it. */
export function thoughtsIn(
  providerState: string | undefined,
): readonly { readonly text: string; readonly seal: string }[] {
  const state = providerState === undefined ? undefined : parse(providerState);
  if (state === undefined) return [];
  return thoughtsOfState(state).map((thought) => ({
    text: typeof thought['text'] === 'string' ? thought['text'] : '',
    seal: JSON.stringify({ provider: state['provider'] ?? '', thoughts: [withoutText(thought)] }),
  }));
}

/** The thoughts of an answer: those that its calls carry, then those that led to none. */
export function thoughtsOf(answer: ProviderAnswer): ReturnType<typeof thoughtsIn> {
  const state = answer.providerState === undefined ? undefined : parse(answer.providerState);
  const blocks = Array.isArray(state?.['blocks']) ? (state['blocks'] as readonly JsonValue[]) : [];
  const own = blocks.flatMap((block) => {
    const [kind, text, options] = Array.isArray(block) ? (block as readonly JsonValue[]) : [];
    if (kind !== 't' || typeof text !== 'string') return [];
    const thought = options === undefined ? {} : { options };
    return [{ text, seal: JSON.stringify({ provider: state?.['provider'] ?? '', thoughts: [thought] }) }];
  });
  return [...answer.toolCalls.flatMap(({ providerState }) => thoughtsIn(providerState)), ...own];
}

function withoutText(thought: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(thought).filter(([name]) => name !== 'text'));
}

function thoughtsOfState(state: JsonObject | undefined): readonly JsonObject[] {
  const thoughts = state?.['thoughts'];
  return Array.isArray(thoughts) ? (thoughts as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** An object of JSON; undefined for any other text. */
export function parse(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Whatever it is, it is none of ours.
    return undefined;
  }
}
