import { NIL_UUID } from '../../system/input/uuid.ts';
import type { Decision } from './decision.ts';

/**
 * A decision's place in both of its orders: a list goes by creation, newest first; whoever follows a tenant's
 * decisions goes by the audit seq of their endings. Clients pass it back as it is.
 */
export interface DecisionCursor {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly id: string;
  /** Null while the decision is pending. */
  readonly auditSeq: number | null;
}

const CURSOR = /^(\d{1,15})\.([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\.(\d{1,16})?$/;

/** The end of the year 9999, beyond which the database and we write instants in different ways. */
const LATEST_MS = 253_402_300_799_999;

/** Stands before every decision of a tenant that has ended none. */
export const beginning: DecisionCursor = { createdAt: 0, id: NIL_UUID, auditSeq: 0 };

/** The text of a decision's cursor. */
export function encodeDecisionCursor({ createdAt, id, auditSeq }: DecisionCursor | Decision): string {
  return `${createdAt}.${id}.${auditSeq ?? ''}`;
}

/** The cursor of a text, or undefined when no decision has such a cursor. */
export function decodeDecisionCursor(text: string): DecisionCursor | undefined {
  const [, createdAt, id, auditSeq] = CURSOR.exec(text) ?? [];
  if (id === undefined || !(Number(createdAt) <= LATEST_MS)) return undefined;
  return { createdAt: Number(createdAt), id, auditSeq: auditSeq === undefined ? null : Number(auditSeq) };
}
