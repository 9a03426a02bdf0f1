import { createBreakerChanges } from '../breakers/breaker-changes.service.ts';
import type { BreakerView } from '../breakers/breaker-view.ts';
import type { Breakers } from '../breakers/breaker.service.ts';
import { createTransitionFeed } from '../breakers/transition-feed.service.ts';
import type { TransitionRow } from '../breakers/transition.store.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus } from '../events/bus.ts';
import type { Changes } from '../events/changes.service.ts';
import { createLiveStreams, type LiveStreams } from '../events/live-streams.service.ts';
import type { Feed } from '../events/resume.service.ts';
import { createCheckFeed, type CheckFeed } from '../health/check-feed.service.ts';
import { createPolicyChanges } from '../policies/policy-changes.service.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { TenantPolicy } from '../policies/policy.ts';
import { createDecisionFeed } from '../routing/decision-feed.service.ts';
import type { Decision } from '../routing/decision.ts';
import type { Database } from '../storage/database.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';

/** What subscriptions other than `routeStream` are made of. */
export interface LiveServices {
  /** Every subscription that is open, whatever it follows. */
  readonly liveStreams: LiveStreams;
  readonly transitionFeed: Feed<TransitionRow>;
  readonly breakerChanges: Changes<BreakerView>;
  readonly decisionFeed: Feed<Decision>;
  readonly policyChanges: Changes<TenantPolicy>;
  readonly checkFeed: CheckFeed;
}

/** Makes all of them; they end with the stack, streams before what they follow. */
export function createLiveServices(parts: {
  readonly database: Database;
  readonly bus: Bus;
  readonly breakers: Breakers;
  readonly policies: PolicyService;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly stack: AsyncDisposableStack;
}): LiveServices {
  const { stack } = parts;
  const feeding = { ...parts, db: parts.database.prisma };
  return {
    transitionFeed: stack.use(createTransitionFeed(feeding)),
    breakerChanges: stack.use(createBreakerChanges(parts)),
    decisionFeed: stack.use(createDecisionFeed(feeding)),
    policyChanges: stack.use(createPolicyChanges(parts)),
    checkFeed: stack.use(createCheckFeed(feeding)),
    liveStreams: stack.use(createLiveStreams(parts)),
  };
}
