import type { ToolCall } from '../../providers/message.ts';
import { normalJson, normalText, unframed } from './normal-form.ts';

/** What of an answer counts in a vote. */
export interface Votable {
  readonly text: string;
  readonly toolCalls: readonly Pick<ToolCall, 'name' | 'arguments'>[];
}

/** How far ballots agree. */
export interface Tally {
  /** The share of the largest group among the answers, in (0, 1]; null: there are fewer than two. */
  readonly agreement: number | null;
  /** The index of the first ballot of that group, of equal groups the one that begins first; null: nobody answered. */
  readonly winner: number | null;
}

/**
 * Groups ballots that say the same; null: one without an answer, which counts for nothing. Answers that call tools are
 * compared by the calls alone, the others by what they say: as values where JSON was asked for (`isJson`) or all of
 * them are JSON, otherwise by their normal texts.
 */
export function tallyBallots(ballots: readonly (Votable | null)[], isJson: boolean): Tally {
  const said = ballots.map((ballot) => ballot && read(ballot));
  const byValue =
    isJson || said.every((each) => each === null || each.kind === 'calls' || each.value !== null);
  const groups = new Map<string, { readonly first: number; size: number }>();
  let answers = 0;
  for (const [index, each] of said.entries()) {
    if (each === null) continue;
    answers += 1;
    const key = keyOf(each, byValue);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: index, size: 1 });
    else group.size += 1;
  }
  let largest: { readonly first: number; readonly size: number } | undefined;
  for (const group of groups.values()) if (group.size > (largest?.size ?? 0)) largest = group;
  if (largest === undefined) return { agreement: null, winner: null };
  return { agreement: answers < 2 ? null : largest.size / answers, winner: largest.first };
}

/** What a ballot says: that tools be called, or a text, with its value where it is JSON. */
type Said =
  | { readonly kind: 'calls'; readonly calls: readonly string[] }
  | { readonly kind: 'text'; readonly text: string; readonly value: string | null };

function read({ text, toolCalls }: Votable): Said {
  if (toolCalls.length === 0) return { kind: 'text', text, value: normalJson(unframed(text)) ?? null };
  const calls = toolCalls.map(({ name, arguments: given }) =>
    JSON.stringify([name, normalJson(given) ?? given.trim()]),
  );
  // Calls that are made at once have no order.
  return { kind: 'calls', calls: calls.sort() };
}

/** The same for ballots that say the same. */
function keyOf(said: Said, byValue: boolean): string {
  if (said.kind === 'calls') return `calls ${JSON.stringify(said.calls)}`;
  return byValue && said.value !== null ? `value ${said.value}` : `text ${normalText(said.text)}`;
}
