import { InvalidInputError } from '../../system/expected-error.ts';
import type { Execution } from '../act/execution.ts';
import type { RoutedCall } from '../act/routed-call.ts';
import type { RouteCall, RouteService } from '../carry/route.service.ts';
import type { VoteOutcome } from '../record/call-end.ts';

/** Voters when a caller names no number, and at most. */
export const voterCounts = { usual: 3, most: 10 } as const;

/** One request that several models answer. */
export interface VoteCall extends RouteCall {
  /** Absent or null: the usual number. */
  readonly voters?: number | null | undefined;
}

/** Asks several models the same. */
export interface VoteService {
  /**
   * Has the best candidates of distinct providers answer one request, and tells how far they agree. Throws what
   * `RouteService.route` throws; an issue of the request is found under `request`.
   */
  vote(call: VoteCall): Promise<VoteOutcome>;
}

export interface VoteDependencies {
  readonly routes: Pick<RouteService, 'carryVote'>;
  readonly cast: (call: RoutedCall) => Promise<Execution>;
}

/** Makes the service: votes go the way of every call, with another act. */
export function createVoteService({ routes, cast }: VoteDependencies): VoteService {
  return {
    async vote({ voters: wanted, ...call }) {
      const voters = wanted ?? voterCounts.usual;
      if (!Number.isInteger(voters) || voters < 1 || voters > voterCounts.most) {
        throw new InvalidInputError([{ path: ['voters'], message: `must be 1..${voterCounts.most}` }]);
      }
      try {
        return await routes.carryVote(call, cast, voters);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        throw new InvalidInputError(
          error.issues.map(({ path, message }) => ({ path: ['request', ...path], message })),
        );
      }
    },
  };
}
