import { MAX_CACHE_TTL_MS } from '../../catalog/bounds.ts';
import type { LocalPart, RemotePart } from '../../fleet/replication.ts';

// A session stays with the model that answered its last call, while its provider is likely to keep what they said.
//
// | the last answer that the fleet knows of        | the session is with |
// |------------------------------------------------|---------------------|
// | none, or longer ago than the model's cache time | nobody             |
// | is of a model that the catalog does not have   | nobody              |
// | any other                                      | that model          |

/** How long a provider keeps a prompt for later calls that begin alike, where the catalog does not say. */
export const USUAL_CACHE_TTL_MS = 300_000;

/** Who answered a session last. */
export interface LastAnswer {
  /** What stands for the model among instances: see `numberOf`. */
  readonly model: number;
  /** On this instance's monotonic clock. */
  readonly atMs: number;
}

/** The later of two answers. Of equals the one of the larger number: every instance then says the same. */
export function laterOf(one: LastAnswer | null, other: LastAnswer | null): LastAnswer | null {
  if (one === null || other === null) return one ?? other;
  if (one.atMs !== other.atMs) return one.atMs > other.atMs ? one : other;
  return one.model > other.model ? one : other;
}

/** What the others are told of an answer; null: it is too old to matter to anybody. */
export function toPart({ model, atMs }: LastAnswer, now: number): LocalPart | null {
  const agoMs = now - atMs;
  return agoMs < MAX_CACHE_TTL_MS ? { row: [model, agoMs], holdsMs: MAX_CACHE_TTL_MS - agoMs } : null;
}

/** The latest answer that others tell of; null: none that can be. */
export function fromParts(parts: readonly RemotePart[], now: number): LastAnswer | null {
  return parts.reduce<LastAnswer | null>((latest, { row, ageMs }) => {
    const [model, agoMs] = row;
    if (model === undefined || agoMs === undefined) return latest;
    return laterOf(latest, { model, atMs: now - agoMs - ageMs });
  }, null);
}

/** The first 48 bits of a digest: what stands for a model's key where only numbers travel. */
export function numberOf(digest: Uint8Array): number {
  return digest.subarray(0, 6).reduce((bits, byte) => bits * 256 + byte, 0);
}
