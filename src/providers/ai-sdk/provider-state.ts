import type { JsonObject } from '../../system/json.ts';

/** One piece of a model's thinking, with what its provider needs to recognise it (a signature, an encrypted form). */
export interface ThoughtState {
  readonly text: string;
  readonly options?: JsonObject;
}

/**
 * What a provider wants back with a tool's result: options of the call itself (such as a thought signature) and
 * the thinking that led to it, without which some reasoning models refuse to continue.
 */
export interface CallState {
  readonly options?: JsonObject;
  readonly thoughts?: readonly ThoughtState[];
}

/** The state as opaque text that only `providerSlug` will read again; undefined when there is nothing to carry. */
export function encodeCallState(providerSlug: string, state: CallState): string | undefined {
  if (state.options === undefined && state.thoughts === undefined) return undefined;
  return JSON.stringify({ provider: providerSlug, ...state });
}

/** The state that `providerSlug` wrote; empty for another provider's, and for text that is no state at all. */
export function decodeCallState(providerSlug: string, text: string | undefined): CallState {
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // It went through the caller's hands: what cannot be read is worth as much as none.
    return {};
  }
  if (!isObject(parsed) || parsed['provider'] !== providerSlug) return {};
  const { options, thoughts } = parsed;
  return {
    ...(isObject(options) && { options }),
    ...(Array.isArray(thoughts) && { thoughts: thoughts.filter(isThought) }),
  };
}

function isThought(value: unknown): value is ThoughtState {
  return (
    isObject(value) &&
    typeof value['text'] === 'string' &&
    (!('options' in value) || isObject(value['options']))
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
