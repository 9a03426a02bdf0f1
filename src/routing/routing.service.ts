import type { ChainWatch } from '../audit/chain-watch.service.ts';
import type { SetAside } from '../audit/set-aside.service.ts';
import type { Spool } from '../audit/spool.ts';
import type { Breakers } from '../breakers/breaker.service.ts';
import type { Calls } from '../calls/calls.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus } from '../events/bus.ts';
import type { Replication } from '../fleet/replication.service.ts';
import type { Estimates } from '../estimates/estimates.service.ts';
import type { Places } from '../limits/places/places.service.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { QuotaService } from '../limits/quota.service.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import type { Sha256 } from '../system/digest.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createUnderWay } from '../system/under-way.ts';
import { createStreamExecutor } from './act/execute-stream.service.ts';
import { createIdempotency } from './once/idempotency.service.ts';
import { startKeySweeper } from './once/key-sweeper.service.ts';
import { createLedger } from './record/ledger.service.ts';
import { createMeasures, waitMsOf } from './plan/measures.ts';
import { createPlanner, type Planner } from './plan/planner.service.ts';
import { createRecorder } from './record/record.service.ts';
import type { CallRoom } from './carry/call-room.ts';
import { createRouteService, type RouteService } from './carry/route.service.ts';
import { shareSessions } from './session/sessions.service.ts';
import { createRouteStreamService, type RouteStreamService } from './stream/route-stream.service.ts';
import { startSweeper } from './record/sweeper.service.ts';
import { createWaitingRoom } from './act/waiting-room.service.ts';
import { walkPlan } from './act/walk-plan.service.ts';
import { castBallots } from './vote/cast-ballots.service.ts';
import { createVoteService, type VoteService } from './vote/vote.service.ts';

/** The way of a call, from its input to its recorded end; and its plan alone. */
export interface Routing extends AsyncDisposable {
  readonly planner: Planner;
  readonly route: RouteService;
  readonly routeStream: RouteStreamService;
  readonly vote: VoteService;
}

export interface RoutingOptions {
  readonly database: Database;
  readonly spool: Spool;
  readonly aside: SetAside;
  readonly bus: Bus;
  readonly chains: Pick<ChainWatch, 'note'>;
  readonly catalog: () => CatalogView;
  readonly policies: Pick<PolicyService, 'policyOf'>;
  readonly room: CallRoom;
  readonly quota: Pick<QuotaService, 'take'>;
  readonly breakers: Pick<Breakers, 'retryAfterMsOf' | 'isShut' | 'onChange' | 'eachKnown'>;
  readonly limits: Pick<ProviderLimits, 'measuresOf' | 'eachKnown'>;
  readonly estimates: Pick<Estimates, 'estimateOf' | 'eachKnown'>;
  readonly places: Pick<Places, 'wait'>;
  readonly calls: Pick<Calls, 'call' | 'stream'>;
  readonly replication: Pick<Replication, 'add'>;
  /** The base of an attempt's limit, milliseconds. */
  readonly attemptBaseMs: number;
  /** For models that set none themselves and do not reason. */
  readonly firstTokenTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/** Makes it. Disposing waits for the calls under way, and then for their records. */
export async function createRouting(options: RoutingOptions): Promise<Routing> {
  const { database, spool, aside, bus, chains, catalog, calls, sha256, clock, timers, random, log } = options;
  await using stack = new AsyncDisposableStack();
  const ledger = stack.use(createLedger({ database, spool, aside, bus, chains, timers, log }));
  const recorder = createRecorder({ ledger, sha256, random, clock, timers });
  stack.defer(() => recorder.drain());
  stack.use(startSweeper({ database, ledger, bus, random, timers, log }));
  stack.use(startKeySweeper({ database, timers, log }));
  const underWay = createUnderWay();
  stack.defer(() => underWay.ended());
  const idempotency = stack.use(createIdempotency({ database, clock, timers, log }));

  const { policies, quota, breakers, limits, estimates, attemptBaseMs, firstTokenTimeoutMs, stallTimeoutMs } =
    options;
  const state = { breakers, limits, estimates };
  const measures = createMeasures(state);
  const sessions = shareSessions({ replication: options.replication, catalog, clock, sha256 });
  const { modelOfSession } = sessions;
  const planner = createPlanner({ catalog, policies, measures, modelOfSession, clock, random, sha256 });
  const waitingRoom = createWaitingRoom({
    timers,
    waitMsOf: (key) => waitMsOf(state, key),
    isShut: breakers.isShut,
    onBreaker: breakers.onChange,
    places: options.places,
  });
  const coolDownMsOf = (key: string) => limits.measuresOf(key).coolDownMs ?? 0;
  const walk = { waitingRoom, coolDownMsOf, clock, timers, random, attemptBaseMs };
  const route = createRouteService({
    room: options.room,
    quota,
    planner,
    recorder,
    idempotency,
    sessions,
    underWay,
    execute: (call) => walkPlan(call, calls.call, walk),
    degraded: () => (bus.healthy() ? [] : ['REDIS']),
    clock,
    sha256,
  });
  const silence = { firstTokenTimeoutMs, stallTimeoutMs };
  const streamExecutor = createStreamExecutor({ ...walk, ...silence, guardedStream: calls.stream });
  const owned = stack.move();
  return {
    planner,
    route,
    vote: createVoteService({ routes: route, cast: (call) => castBallots(call, calls.call, walk) }),
    routeStream: createRouteStreamService({ routes: route, streamExecutor, timers }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
