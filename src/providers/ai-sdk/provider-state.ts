import type { JsonObject } from '../../system/json.ts';
import { canStateComeBack } from '../answer-bounds.ts';

/** One piece of a model's thinking, with what its provider needs to recognise it (a signature, an encrypted form). */
export interface ThoughtState {
  readonly text: string;
  readonly options?: StateOptions;
}

/**
 * What a provider wants back with a tool's result: options of the call itself (such as a thought signature) and
 * the thinking that led to it, without which some reasoning models refuse to continue.
 */
export interface CallState {
  readonly options?: StateOptions;
  readonly thoughts?: readonly ThoughtState[];
}

/** Options as the SDKs take them: by their owner, and each of them a text. */
export type StateOptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Who wrote a state, and will read it. */
export interface StateOwner {
  readonly providerSlug: string;
  /** What the SDK of its dialect calls itself. */
  readonly optionsOwner: OptionsOwner;
}

/**
 * The options that each SDK gives out with calls and thoughts and reads again. No others are carried: the SDK of
 * Chat Completions copies whatever it is given into the request, and caches of Anthropic's cost money.
 */
const carried = {
  openai: ['itemId', 'reasoningEncryptedContent', 'namespace', 'phase'],
  anthropic: ['signature', 'redactedData'],
  google: ['thoughtSignature'],
  compatible: ['thoughtSignature', 'reasoningDetails'],
  // Their thoughts are plain words.
  mistral: [],
  groq: [],
  deepseek: [],
  cohere: [],
  // Its items of one answer may share one id, by which the SDK would make one of them.
  xai: ['reasoningEncryptedContent'],
  azure: ['itemId', 'reasoningEncryptedContent', 'namespace', 'phase'],
  googleVertex: ['thoughtSignature'],
  amazonBedrock: ['signature', 'redactedData', 'redactedContent'],
} as const;

export type OptionsOwner = keyof typeof carried;

/** What the SDK calls the owner of options: one that speaks for two has one name. */
export function sdkNameOf(owner: OptionsOwner): string {
  return owner === 'xai' ? 'openai' : owner;
}

/** The options of these that are carried, of `among` where it is given; undefined when there are none. */
export function carriedOptions(
  metadata: unknown,
  { optionsOwner }: StateOwner,
  among: readonly string[] = carried[optionsOwner],
): StateOptions | undefined {
  const name = sdkNameOf(optionsOwner);
  const own = isObject(metadata) ? metadata[name] : undefined;
  if (!isObject(own)) return undefined;
  const texts = among.flatMap((option) => {
    const value = Object.hasOwn(own, option) ? own[option] : undefined;
    return typeof value === 'string' ? [[option, value] as const] : [];
  });
  return texts.length === 0 ? undefined : { [name]: Object.fromEntries(texts) };
}

/** The state as opaque text that only its owner will read again; undefined when there is nothing to carry. */
export function encodeCallState({ providerSlug }: StateOwner, state: CallState): string | undefined {
  if (state.options === undefined && state.thoughts === undefined) return undefined;
  return JSON.stringify({ provider: providerSlug, ...state });
}

/**
 * The state that its owner wrote; empty for another's, and for text that is no state at all. It went through the
 * caller's hands: of what it says no more is believed than its owner would have written.
 */
export function decodeCallState(owner: StateOwner, text: string | undefined): CallState {
  if (text === undefined || !canStateComeBack(text)) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // What cannot be read is worth as much as none.
    return {};
  }
  if (!isObject(parsed) || parsed['provider'] !== owner.providerSlug) return {};
  const { thoughts } = parsed;
  const options = carriedOptions(parsed['options'], owner);
  return {
    ...(options !== undefined && { options }),
    ...(Array.isArray(thoughts) && { thoughts: thoughts.flatMap((thought) => readThought(thought, owner)) }),
  };
}

function readThought(value: unknown, owner: StateOwner): ThoughtState[] {
  if (!isObject(value) || typeof value['text'] !== 'string') return [];
  const options = carriedOptions(value['options'], owner);
  return [{ text: value['text'], ...(options !== undefined && { options }) }];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
