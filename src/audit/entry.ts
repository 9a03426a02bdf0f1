import { NIL_UUID } from '../system/input/uuid.ts';
import type { JsonObject } from '../system/json.ts';
import type { AuditType } from './vocabulary.ts';

/** Something that happened, about to be appended to a tenant's chain. */
export interface AuditDraft {
  /** A UUID of its own: appending the same one again changes nothing. */
  readonly id: string;
  /** The chain it goes to; `PLATFORM_TENANT_ID` for the catalog, breakers and tenants. */
  readonly tenantId: string;
  readonly type: AuditType;
  /** Milliseconds since the epoch. Informative: a chain is ordered by seq alone. */
  readonly at: number;
  /** Who did it: `key:<id>`, or `system`. */
  readonly actor: string;
  readonly payload: JsonObject;
}

/** An entry in its chain. `canonical` is the RFC 8785 text that was hashed. */
export interface ChainedEntry {
  readonly id: string;
  readonly tenantId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  readonly type: string;
  readonly canonical: string;
  /** 32 bytes each. */
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** The chain of what belongs to no tenant. */
export const PLATFORM_TENANT_ID = NIL_UUID;
