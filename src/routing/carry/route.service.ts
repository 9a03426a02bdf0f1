import type { CallsUnderWay } from '../../system/under-way.ts';
import { carryOut, type CallDependencies, type RouteCall } from './carry-out.service.ts';
import type { Executor } from '../act/execute.service.ts';
import type { RouteOutcome } from '../record/route-outcome.ts';

/** The main job: decide, act, record, answer. */
export interface RouteService {
  /**
   * Routes one call of the viewer's tenant, or answers with what an earlier one with its idempotency key has come
   * to. Whatever the providers do is an outcome; throws InvalidInputError for a bad input, RateLimitedError, with
   * nothing planned or recorded, for a caller that has used up its quota, ConflictError for a key used with another
   * input, and UnavailableError when the record could not be made durable.
   */
  route(call: RouteCall): Promise<RouteOutcome>;
  /** Routed calls under way. */
  inFlight(): number;
  /** Whether a call's decision could be made durable now; a call that comes while it could not is refused. */
  canRecord(): boolean;
}

/** What routing stands on. */
export interface RouteDependencies extends CallDependencies {
  readonly underWay: CallsUnderWay;
  readonly executor: Executor;
}

/** Makes the route service. */
export function createRouteService(dependencies: RouteDependencies): RouteService {
  const { underWay, recorder, executor } = dependencies;
  return {
    inFlight: () => underWay.count(),
    canRecord: () => recorder.state() !== 'refusing',
    route: (call) => underWay.follow(carryOut(call, ({ order }) => executor(order), dependencies)),
  };
}
