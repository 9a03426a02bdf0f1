import { readChange, type PolicyPatch } from '../../policies/change-policy.ts';
import type { PolicyService } from '../../policies/policy.service.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { Db } from '../../storage/database.ts';
import { orUnavailable } from '../../storage/storage-fault.ts';
import { NotFoundError } from '../../system/expected-error.ts';
import { InputReader, requireSound } from '../../system/input/reader.ts';
import { integer } from '../../system/input/rules.ts';
import { readRecordedInputs, type RecordedInput } from './simulate.store.ts';
import { createSimulator, type Simulation } from './simulation.ts';

/** Calls that one simulation plans again when its caller does not say, and at most. */
export const simulatedCalls = { usual: 1_000, most: 10_000 } as const;

const limitRule = integer(1, simulatedCalls.most);

/** Calls planned at once: some milliseconds; while the next are read, other work gets its turn. */
const PAGE_CALLS = 50;

/** What is to be simulated; instants are milliseconds since the epoch. */
export interface SimulationRequest {
  readonly policy: PolicyPatch;
  readonly since: number;
  /** Null: now. */
  readonly until: number | null;
  /** The newest so many; null: the usual number. */
  readonly limit: number | null;
}

export interface PolicySimulations {
  /**
   * Plans a tenant's recorded calls again as if its policy were changed so, the newest first. `truncated`: the range
   * has more of them. Throws InvalidInputError, NotFoundError, UnavailableError.
   */
  simulate(
    db: Db,
    tenantId: string,
    request: SimulationRequest,
  ): Promise<Simulation & { readonly truncated: boolean }>;
}

/** Simulates from what decisions have stored; nothing is called and nothing is changed. */
export function createPolicySimulations(parts: {
  readonly policies: Pick<PolicyService, 'find'>;
}): PolicySimulations {
  const { policies } = parts;
  return {
    async simulate(db, tenantId, request) {
      const current = await policies.find(tenantId);
      if (current === undefined) throw new NotFoundError('There is no such tenant.');
      const { policy, limit } = checkedRequest(current, request);
      const range = { tenantId, since: request.since, until: request.until };
      const simulator = createSimulator(policy);
      let last: RecordedInput | null = null;
      let left = limit;
      for (;;) {
        // One more than is planned: it tells whether the range has more.
        const wanted = Math.min(PAGE_CALLS, left) + 1;
        const page = await orUnavailable(() => readRecordedInputs(db, range, last, wanted));
        for (const { planInput } of page.slice(0, wanted - 1)) simulator.add(planInput);
        left -= Math.min(page.length, wanted - 1);
        const hasMore = page.length === wanted;
        if (!hasMore || left === 0) return { ...simulator.result(), truncated: hasMore };
        last = page[wanted - 2] ?? null;
      }
    },
  };
}

function checkedRequest(
  current: RoutingPolicy,
  request: SimulationRequest,
): { readonly policy: RoutingPolicy; readonly limit: number } {
  const input = new InputReader(request);
  const policy = readChange(current, input.within(request.policy, 'policy'));
  const { since, until } = request;
  if (until !== null && until <= since) input.refuse('must lie after since', 'until');
  const limit = input.nullable('limit', limitRule) ?? simulatedCalls.usual;
  return requireSound(input.checked({ policy, limit }));
}
