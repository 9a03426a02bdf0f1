import { writeDraft } from '../../audit/chain.ts';
import type { Sha256 } from '../../system/digest.ts';
import type { ListedPlanInput } from '../plan/plan-codec.ts';
import type { Decision } from './decision.ts';
import { decidedDraft, type DecidedFacts } from './record-entries.ts';
import type { Beginning } from './writing.ts';

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
