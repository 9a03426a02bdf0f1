import type { Beginning, Writing } from './writing.ts';

/** For how long after its deadline a call's end may still come: then it is swept as abandoned. */
const LATE_MS = 60_000;

/**
 * The recorded beginnings of calls that have not ended yet. A database that falls back to an older copy may lack them
 * when the ends come, and an end alone has no place.
 */
export class Beginnings {
  readonly #open = new Map<string, Beginning>();

  /** Takes note of what is committed: `seqs` are those of the writings, null where one found no place. */
  note(writings: readonly Writing[], seqs: readonly (number | null)[]): void {
    for (const [index, writing] of writings.entries()) {
      if (writing.kind === 'completed') {
        if (seqs[index] != null) this.#open.delete(writing.end.id);
      } else {
        this.#open.set(writing.row.id, writing);
        this.#dropEndless(writing.row.createdAt);
      }
    }
  }

  /** The beginning of this end's call, if it was recorded and has not ended. */
  of(writing: Writing): Beginning | undefined {
    return writing.kind === 'completed' ? this.#open.get(writing.end.id) : undefined;
  }

  /** Calls of a process before this one have no end to come. */
  #dropEndless(now: number): void {
    for (const [id, { row }] of this.#open) {
      if (row.deadlineAt + LATE_MS >= now) return;
      this.#open.delete(id);
    }
  }
}
