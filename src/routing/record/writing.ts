import { writeDraft, type WrittenDraft } from '../../audit/chain.ts';
import type { Sha256 } from '../../system/digest.ts';
import type { StoredList } from '../plan/candidates/candidate-list-codec.ts';
import type { ListedPlanInput } from '../plan/plan-codec.ts';
import type { Decision } from './decision.ts';
import type { KeySettlement } from './key-settlement.ts';
import { decidedDraft, type DecidedFacts } from './record-entries.ts';

/** A pending decision as it is stored. */
export type NewDecision = Pick<
  Decision,
  'id' | 'tenantId' | 'workflowId' | 'labels' | 'createdAt' | 'deadlineAt'
> & {
  readonly plannerVersion: number;
  /** The text of its plan input. */
  readonly planInput: string;
  /** The list of candidates that the text names; absent: none. */
  readonly list?: StoredList;
};

/** How a decision ended: what of it changes, but for the place of its entry in the chain. */
export type DecisionEnd = Pick<
  Decision,
  'id' | 'status' | 'attempts' | 'completedAt' | 'latencyMs' | 'costMicroUsd' | 'modelKey' | 'degraded'
>;

/** A call's beginning, with its audit entry. */
export interface Beginning {
  readonly kind: 'decided';
  readonly draft: WrittenDraft;
  readonly row: NewDecision;
}

/**
 * One half of a call's record: its beginning or its end, each with its audit entry. Texts and UUIDs are made before
 * it is first tried, so that it says the same however often it is repeated. Plain JSON: the spool carries it.
 */
export type Writing =
  | Beginning
  | {
      readonly kind: 'completed';
      readonly draft: WrittenDraft;
      readonly end: DecisionEnd;
      /** What becomes of the call's idempotency key. */
      readonly key: KeySettlement | null;
    };

/** What of a decision that has ended changes with its end. */
export function endOf(decision: Decision): DecisionEnd {
  const { id, status, attempts, completedAt, latencyMs, costMicroUsd, modelKey, degraded } = decision;
  return { id, status, attempts, completedAt, latencyMs, costMicroUsd, modelKey, degraded };
}

/** The text of a writing on its way through the spool. */
export function encodeWriting(writing: Writing): string {
  return JSON.stringify(writing);
}

/** The writing that `encodeWriting` made a text of. */
export function decodeWriting(text: string): Writing {
  return JSON.parse(text) as Writing;
}

/** A decision that was made, and the UUID of its entry. */
export interface Begun {
  readonly decision: Decision;
  readonly facts: DecidedFacts;
  readonly entryId: string;
}

/** The first half of a call's record, with its plan input in the form that is given. */
export function beginningOf(
  { decision, facts, entryId }: Begun,
  { planInput, list }: ListedPlanInput,
  sha256: Sha256,
): Beginning {
  const digests = {
    planInputSha256: sha256.hex(planInput),
    ...(decision.labels && { labelsSha256: sha256.hex(JSON.stringify(decision.labels)) }),
  };
  const draft = writeDraft(decidedDraft(entryId, decision, facts, digests));
  const { id, tenantId, workflowId, labels, createdAt, deadlineAt } = decision;
  const { plannerVersion } = decision.planInput;
  const row = { id, tenantId, workflowId, createdAt, deadlineAt, plannerVersion, planInput };
  return {
    kind: 'decided',
    draft,
    row: { ...row, ...(labels && { labels }), ...(list !== null && { list }) },
  };
}
