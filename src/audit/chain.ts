import { asciiBytes, fromHex, type Sha256 } from '../system/digest.ts';
import { canonicalize } from './canonical.ts';
import type { AuditDraft } from './entry.ts';

/**
 * A tenant's chain (‖ joins bytes):
 *
 *   genesis = SHA-256("switchyard/genesis/v1\0" ‖ tenant uuid)
 *   hash(n) = SHA-256("switchyard/audit/v1\0" ‖ tenant uuid ‖ n ‖ hash(n − 1) ‖ SHA-256(canonical text))
 *
 * The uuid is its 16 bytes, n an unsigned big-endian 64-bit integer from 1, hash(0) the genesis. A domain of its
 * own in front keeps a hash made here from meaning anything elsewhere; the tenant and n inside keep an entry
 * from being moved to another chain or place.
 */
const ENTRY_DOMAIN = asciiBytes('switchyard/audit/v1\0');
const GENESIS_DOMAIN = asciiBytes('switchyard/genesis/v1\0');

const UUID_BYTES = 16;
const HASH_BYTES = 32;

/** Where a chain ends: the newest entry's seq and hash; seq 0 and the genesis hash while it has none. */
export interface ChainHead {
  readonly tenantId: string;
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** The head of a chain without entries. */
export function genesisHead(sha256: Sha256, tenantId: string): ChainHead {
  const input = new Uint8Array(GENESIS_DOMAIN.length + UUID_BYTES);
  input.set(GENESIS_DOMAIN);
  input.set(uuidBytes(tenantId), GENESIS_DOMAIN.length);
  return { tenantId, seq: 0, hash: sha256(input) };
}

/** The hash of the entry that follows `previous` and says `canonical`. */
export function entryHash(sha256: Sha256, previous: ChainHead, canonical: string): Uint8Array {
  const input = new Uint8Array(ENTRY_DOMAIN.length + UUID_BYTES + 8 + HASH_BYTES + HASH_BYTES);
  const seqAt = ENTRY_DOMAIN.length + UUID_BYTES;
  input.set(ENTRY_DOMAIN);
  input.set(uuidBytes(previous.tenantId), ENTRY_DOMAIN.length);
  new DataView(input.buffer).setBigUint64(seqAt, BigInt(previous.seq + 1));
  input.set(previous.hash, seqAt + 8);
  input.set(sha256(canonical), seqAt + 8 + HASH_BYTES);
  return sha256(input);
}

/** A draft with the text that is hashed and stored: all that does not depend on its place in the chain. */
export interface WrittenDraft {
  readonly id: string;
  readonly tenantId: string;
  readonly type: string;
  readonly canonical: string;
}

/** Makes a draft's text. Throws a TypeError when its payload has no canonical form. */
export function writeDraft({ id, tenantId, type, at, actor, payload }: AuditDraft): WrittenDraft {
  const canonical = canonicalize({ actor, at: new Date(at).toISOString(), id, payload, type });
  return { id, tenantId, type, canonical };
}

function uuidBytes(uuid: string): Uint8Array {
  return fromHex(uuid.replaceAll('-', ''));
}
