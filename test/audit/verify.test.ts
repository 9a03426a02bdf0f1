import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryHash, genesisHead, writeDraft, type ChainHead } from '../../src/audit/chain.ts';
import type { AuditDraft, ChainedEntry } from '../../src/audit/entry.ts';
import { checkEnd, checkEntries, type ChainFault } from '../../src/audit/verify.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';
import { chainEntries } from './chains.ts';

const uuid = (n: number) => `018f3c2a-7b5d-7e10-8a4b-${n.toString(16).padStart(12, '0')}`;
const tenantId = uuid(0xffff);
const genesis = genesisHead(nodeSha256, tenantId);

function chain(length: number, ofTenant = tenantId): ChainedEntry[] {
  const drafts = Array.from({ length }, (_, index): AuditDraft => {
    const payload = { index };
    return {
      id: uuid(index),
      tenantId: ofTenant,
      type: 'policy.changed',
      at: 1e12,
      actor: 'system',
      payload,
    };
  });
  return chainEntries(nodeSha256, [genesisHead(nodeSha256, ofTenant)], drafts.map(writeDraft));
}

const endOf = (entries: readonly ChainedEntry[]): ChainHead => entries.at(-1) ?? genesis;

/** What the verifier says of stored rows whose head is `head`, read in pages of `pageEntries`. */
function verify(
  rows: readonly ChainedEntry[],
  head: ChainHead,
  pageEntries = rows.length,
): ChainFault | null {
  const inOrder = rows.toSorted((a, b) => a.seq - b.seq);
  const covered = inOrder.filter((entry) => entry.seq <= head.seq);
  let end = genesis;
  for (let index = 0; index < covered.length; index += pageEntries) {
    const checked = checkEntries(nodeSha256, end, covered.slice(index, index + pageEntries));
    if (checked.fault !== null) return checked.fault;
    end = checked.end;
  }
  return checkEnd(end, { head, newest: endOf(inOrder) });
}

const original = chain(12);
const head = endOf(original);
const at = (seq: number) => original[seq - 1] as ChainedEntry;
const withRow = (seq: number, change: Partial<ChainedEntry>) =>
  original.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry));
const anySeq = fc.integer({ min: 1, max: original.length });

describe('verification', () => {
  it('accepts a chain as it was appended, whatever the size of its pages', () => {
    expect(verify([], genesis)).toBeNull();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 13 }), (length, pageEntries) => {
        const entries = chain(length);
        expect(verify(entries, endOf(entries), pageEntries)).toBeNull();
      }),
    );
  });

  it('finds an edited text at its place and names both hashes', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        const canonical = at(seq).canonical.replace('"index":', '"index":7');
        const previous = seq === 1 ? genesis : at(seq - 1);
        expect(verify(withRow(seq, { canonical }), head, 5)).toMatchObject({
          seq,
          expectedHash: toHex(entryHash(nodeSha256, previous, canonical)),
          foundHash: toHex(at(seq).hash),
        });
      }),
    );
  });

  it('finds any single flipped bit of a hash at its place', () => {
    fc.assert(
      fc.property(anySeq, fc.constantFrom('hash', 'prevHash'), fc.nat(255), (seq, column, bit) => {
        const bytes = Uint8Array.from(at(seq)[column]);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(verify(withRow(seq, { [column]: bytes }), head, 5)?.seq).toBe(seq);
      }),
    );
  });

  it('finds an entry whose hash was made anew at the entry that should follow it, or at the head', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        const canonical = at(seq).canonical.replace('"index":', '"index":7');
        const hash = entryHash(nodeSha256, seq === 1 ? genesis : at(seq - 1), canonical);
        const fault = verify(withRow(seq, { canonical, hash }), head, 5);
        expect(fault?.seq).toBe(seq === original.length ? seq : seq + 1);
      }),
    );
  });

  it('finds a type or id column that says something else than the hashed text', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        expect(verify(withRow(seq, { type: 'key.revoked' }), head, 5)?.seq).toBe(seq);
        expect(verify(withRow(seq, { id: uuid(999) }), head, 5)?.seq).toBe(seq);
      }),
    );
  });

  it('finds a deleted entry at its place, and its hash from the entry or head after it', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        const fault = verify(
          original.filter((entry) => entry.seq !== seq),
          head,
          5,
        );
        expect(fault).toMatchObject({ seq, expectedHash: toHex(at(seq).hash), foundHash: null });
      }),
    );
  });

  it('finds a cut tail at its first missing entry', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        expect(verify(original.slice(0, seq - 1), head)).toMatchObject({ seq, foundHash: null });
      }),
    );
  });

  it('finds two swapped entries at the first of them', () => {
    fc.assert(
      fc.property(anySeq, anySeq, (a, b) => {
        fc.pre(a !== b);
        const rows = original.map((entry) => {
          if (entry.seq === a) return { ...entry, seq: b };
          return entry.seq === b ? { ...entry, seq: a } : entry;
        });
        expect(verify(rows, head, 5)?.seq).toBe(Math.min(a, b));
      }),
    );
  });

  it('finds an inserted entry at its place, the later ones moved up', () => {
    fc.assert(
      fc.property(anySeq, (seq) => {
        const rows = [
          ...original.slice(0, seq - 1),
          { ...at(seq), id: uuid(999) },
          ...original.slice(seq - 1).map((entry) => ({ ...entry, seq: entry.seq + 1 })),
        ];
        expect(verify(rows, head, 5)?.seq).toBe(seq);
      }),
    );
  });

  it('finds an entry that was appended past the head', () => {
    const longer = chain(original.length + 1);
    expect(verify(longer, head)?.seq).toBe(original.length + 1);
  });

  it('finds an entry transplanted from another tenant’s chain', () => {
    const other = chain(original.length, uuid(0xeeee));
    fc.assert(
      fc.property(anySeq, (seq) => {
        const { canonical, hash, prevHash } = other[seq - 1] as ChainedEntry;
        expect(verify(withRow(seq, { canonical, hash, prevHash }), head, 5)?.seq).toBe(seq);
      }),
    );
  });
});
