import { entryHash, type ChainHead, type WrittenDraft } from '../../src/audit/chain.ts';
import type { ChainedEntry } from '../../src/audit/entry.ts';
import type { Sha256 } from '../../src/system/digest.ts';

/**
 * The entries that `drafts` become, in their order, each following its tenant's head among `heads`: what the database
 * must have made of them.
 */
export function chainEntries(
  sha256: Sha256,
  heads: readonly ChainHead[],
  drafts: readonly WrittenDraft[],
): ChainedEntry[] {
  const ends = new Map(heads.map((head) => [head.tenantId, head]));
  return drafts.map(({ id, tenantId, type, canonical }) => {
    const previous = ends.get(tenantId);
    if (previous === undefined) throw new Error(`No head of tenant ${tenantId}'s chain was given`);
    const hash = entryHash(sha256, previous, canonical);
    const entry = { id, tenantId, seq: previous.seq + 1, type, canonical, prevHash: previous.hash, hash };
    ends.set(tenantId, entry);
    return entry;
  });
}
