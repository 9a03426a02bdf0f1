import {
  decodeRow,
  type RemotePart,
  type RemoteUpdate,
  type ReplicatedState,
  type Update,
} from './replication.ts';

/** Another instance's part of an entry, by this instance's monotonic clock. */
interface Copy {
  readonly text: string;
  readonly changedAtMs: number;
  readonly untilMs: number;
}

/** The entries of one state: which of the own parts are to be sent, and the others' parts as last read. */
export interface ReplicatedEntries {
  readonly state: ReplicatedState;
  readonly unsent: Set<string>;
  /** Until when what was sent last holds where the others keep it. */
  readonly sentUntilMs: Map<string, number>;
  /** By name and author. */
  readonly copies: Map<string, Map<string, Copy>>;
}

/** Nothing is known yet but what the state itself knows. */
export function openEntries(state: ReplicatedState): ReplicatedEntries {
  return { state, unsent: new Set(state.names()), sentUntilMs: new Map(), copies: new Map() };
}

/** The next parts to be sent, so many at most; they count as sent until `markUnsent` says otherwise. */
export function takeUnsent(entries: ReplicatedEntries, most: number, now: number): Update[] {
  const { state, unsent, sentUntilMs } = entries;
  const updates: Update[] = [];
  for (const name of unsent) {
    if (updates.length >= most) break;
    unsent.delete(name);
    const part = state.localPart(name, now) ?? { row: [], holdsMs: (sentUntilMs.get(name) ?? now) - now };
    // What never was sent, or has ended everywhere, needs no word.
    if (part.holdsMs <= 0) sentUntilMs.delete(name);
    else {
      sentUntilMs.set(name, now + part.holdsMs);
      updates.push({ kind: state.kind, name, ...part });
    }
  }
  return updates;
}

/** Everything that this instance knows itself is to be sent, again or for the first time; what has ended is dropped. */
export function renew({ state, unsent, sentUntilMs, copies }: ReplicatedEntries, now: number): void {
  for (const name of state.names()) unsent.add(name);
  for (const [name, untilMs] of sentUntilMs) if (untilMs <= now) sentUntilMs.delete(name);
  for (const name of copies.keys()) dropEnded(copies, name, now);
}

/** Takes up what others have changed: of each entry of this kind that is in use, all their parts are merged at once. */
export function takeUp(entries: ReplicatedEntries, updates: readonly RemoteUpdate[], now: number): void {
  const { state, copies } = entries;
  const ours = updates.filter(({ kind }) => kind === state.kind);
  for (const { name, author, text, ageMs, leftMs } of ours) {
    const parts = copies.get(name) ?? new Map<string, Copy>();
    copies.set(name, parts.set(author, { text, changedAtMs: now - ageMs, untilMs: now + leftMs }));
  }
  for (const name of new Set(ours.map((update) => update.name))) {
    if (state.isInUse(name)) state.merge(name, remoteParts(entries, name, now), now);
  }
}

/** What of the others' parts of an entry still holds and can be read: an instance of another release may write more. */
export function remoteParts({ copies }: ReplicatedEntries, name: string, now: number): RemotePart[] {
  return [...(copies.get(name)?.values() ?? [])].flatMap(({ text, changedAtMs, untilMs }) => {
    const row = untilMs > now ? decodeRow(text) : undefined;
    return row === undefined ? [] : [{ row, ageMs: now - changedAtMs }];
  });
}

function dropEnded(copies: ReplicatedEntries['copies'], name: string, now: number): void {
  const parts = copies.get(name);
  if (parts === undefined) return;
  for (const [author, { untilMs }] of parts) if (untilMs <= now) parts.delete(author);
  if (parts.size === 0) copies.delete(name);
}
