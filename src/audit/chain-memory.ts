/** Where a chain was: its entry of a seq, by the entry's id. */
export interface ChainPlace {
  readonly seq: number;
  readonly id: string;
}

/**
 * What an instance remembers of where one chain was. The database may lack the last entries after a fail-over to a copy
 * of it, and then gives their seqs to others; so long as one that it lacks is remembered, that can be seen.
 *
 * | what happens                      | `checked`        | `highest`                                                |
 * |-----------------------------------|------------------|----------------------------------------------------------|
 * | an entry with a higher seq        | keeps            | that entry, unless it is in doubt                        |
 * | an entry with a seq no higher     | keeps            | keeps, and is in doubt: it may be gone, or the other be  |
 * |                                   |                  | of a transaction that ended later                        |
 * | a check finds both there          | the chain's head | the chain's head, unless something came during the check |
 * | a check finds one that is missing | the chain's head | the chain's head                                         |
 */
export interface ChainMemory {
  /** Was there at the last check; null before the first. */
  readonly checked: ChainPlace | null;
  readonly highest: ChainPlace;
  /** Whether `highest` is kept until it has been looked for. */
  readonly isInDoubt: boolean;
}

/** A chain that was seen to end there. */
export function seenAt(head: ChainPlace): ChainMemory {
  return { checked: head, highest: head, isInDoubt: false };
}

/** An entry was appended there. */
export function remember(memory: ChainMemory | undefined, place: ChainPlace): ChainMemory {
  if (memory === undefined) return { checked: null, highest: place, isInDoubt: false };
  if (place.seq <= memory.highest.seq) return { ...memory, isInDoubt: true };
  return memory.isInDoubt ? memory : { ...memory, highest: place };
}

/** What is remembered, each place once. */
export function remembered({ checked, highest }: ChainMemory): readonly ChainPlace[] {
  return checked === null || checked.id === highest.id ? [highest] : [checked, highest];
}

/** A check that asked about `asked` found all of it, and the chain to end at `head`. */
export function afterCheck(memory: ChainMemory, asked: ChainMemory, head: ChainPlace): ChainMemory {
  const isUntouched = memory.highest.id === asked.highest.id;
  return isUntouched || head.seq >= memory.highest.seq ? seenAt(head) : { ...memory, checked: head };
}

/** What a chain has lost, as far as this instance knows. */
export interface ChainLoss {
  /** The newest entry that is known to be gone. */
  readonly known: ChainPlace;
  /** The newest that was known before and is still there; null: not known. */
  readonly keptSeq: number | null;
}

/** What of it is missing; null: nothing. `isThere` says whether the chain has that place. */
export function lossOf(memory: ChainMemory, isThere: (place: ChainPlace) => boolean): ChainLoss | null {
  const places = [...remembered(memory)].sort((one, other) => one.seq - other.seq);
  const known = places.findLast((place) => !isThere(place));
  if (known === undefined) return null;
  const kept = places.findLast((place) => place.seq < known.seq && isThere(place));
  return { known, keptSeq: kept?.seq ?? null };
}
