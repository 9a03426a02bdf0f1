import type { JsonValue } from '../../system/json.ts';
import { isJsonObject } from '../../system/json.ts';
import { canStateComeBack } from '../answer-bounds.ts';
import { carriedOptions, type StateOptions, type StateOwner, type ThoughtState } from './provider-state.ts';

// What a provider wants back with a message beside what its tool calls carry: the order in which it thought, spoke and
// called, thoughts that led to no call, and signatures of texts. A text of JSON: the provider's slug, and a list with
// an entry for each block:
//
// | entry            | block                                                                                 |
// |------------------|---------------------------------------------------------------------------------------|
// | [n], [n, options] | so many characters of the message's text                                             |
// | ["t", text], ["t", text, options] | a thought that no call carries                                       |
// | ["T"]            | the next thought that the calls carry                                                 |
// | ["c"]            | the next call                                                                         |

/** A piece of an answer, in the order in which the model wrote it. */
export type AnswerBlock =
  | { readonly kind: 'text'; readonly text: string; readonly options?: StateOptions }
  | ({ readonly kind: 'thought' } & ThoughtState)
  | { readonly kind: 'call' };

/** The same as it is put back: thoughts that calls carry are theirs. */
export type PlacedBlock = AnswerBlock | { readonly kind: 'thought_of_call' };

/** What a message's blocks have to fit. */
export interface MessageContent {
  readonly text: string;
  readonly calls: number;
  /** Thoughts that the calls carry. */
  readonly thoughts: number;
}

type Entry = readonly [number, StateOptions?] | readonly ['t', string, StateOptions?] | readonly ['T' | 'c'];

/**
 * The state of a message of these blocks; undefined where what its calls carry says it all, or it would be too large to
 * come back.
 */
export function encodeMessageState(
  { providerSlug }: StateOwner,
  blocks: readonly AnswerBlock[],
): string | undefined {
  const lastCall = blocks.findLastIndex(({ kind }) => kind === 'call');
  const entries = blocks.map((block, index) => toEntry(block, index < lastCall));
  if (isUsual(entries)) return undefined;
  const state = JSON.stringify({ provider: providerSlug, blocks: entries });
  return canStateComeBack(state) ? state : undefined;
}

function toEntry(block: AnswerBlock, isBeforeCall: boolean): Entry {
  switch (block.kind) {
    case 'call':
      return ['c'];
    case 'text':
      return block.options === undefined ? [block.text.length] : [block.text.length, block.options];
    case 'thought':
      if (isBeforeCall) return ['T'];
      return block.options === undefined ? ['t', block.text] : ['t', block.text, block.options];
  }
}

/** Thoughts of calls, then a text, then calls: what is made of a message without a state. */
function isUsual(entries: readonly Entry[]): boolean {
  const order = entries.map(([first]) => (typeof first === 'number' ? 'n' : first)).join('');
  return (
    /^T*n?c*$/.test(order) && entries.every((entry) => typeof entry[0] !== 'number' || entry.length === 1)
  );
}

/**
 * The blocks of a message that has come back, as its owner's state has them; undefined: another's, none, or one that
 * does not fit what the message says now. It went through the caller's hands: no more is believed than would have been
 * written.
 */
export function decodeMessageState(
  owner: StateOwner,
  state: string | undefined,
  content: MessageContent,
): readonly PlacedBlock[] | undefined {
  const entries = state === undefined ? undefined : readEntries(owner, state);
  if (entries === undefined) return undefined;
  let at = 0;
  const counts = { c: 0, T: 0 };
  const blocks: PlacedBlock[] = [];
  for (const entry of entries) {
    const block = readEntry(entry, owner, content.text.slice(at));
    if (block === undefined) return undefined;
    if (block.kind === 'text') at += block.text.length;
    if (block.kind === 'call') counts.c += 1;
    if (block.kind === 'thought_of_call') counts.T += 1;
    blocks.push(block);
  }
  const fits = at === content.text.length && counts.c === content.calls && counts.T === content.thoughts;
  return fits ? blocks : undefined;
}

function readEntries({ providerSlug }: StateOwner, text: string): readonly JsonValue[] | undefined {
  if (!canStateComeBack(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed) || parsed['provider'] !== providerSlug) return undefined;
    return Array.isArray(parsed['blocks']) ? (parsed['blocks'] as readonly JsonValue[]) : undefined;
  } catch {
    // What cannot be read is worth as much as none.
    return undefined;
  }
}

function readEntry(entry: JsonValue, owner: StateOwner, rest: string): PlacedBlock | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [first, second, third] = entry as readonly JsonValue[];
  if (first === 'c') return { kind: 'call' };
  if (first === 'T') return { kind: 'thought_of_call' };
  if (first === 't') {
    return typeof second === 'string'
      ? { kind: 'thought', text: second, ...ownOptions(third, owner) }
      : undefined;
  }
  if (typeof first !== 'number' || !Number.isSafeInteger(first) || first < 0 || first > rest.length)
    return undefined;
  return { kind: 'text', text: rest.slice(0, first), ...ownOptions(second, owner) };
}

function ownOptions(told: unknown, owner: StateOwner): { readonly options?: StateOptions } {
  const options = carriedOptions(told, owner);
  return options === undefined ? {} : { options };
}
