import type { Breakers } from '../breakers/breaker.service.ts';
import { createBreakerChanges } from '../breakers/breaker-changes.service.ts';
import { createTransitionFeed } from '../breakers/transitions/transition-feed.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { LiveServices } from '../graphql/context.ts';
import { createLiveStreams } from '../events/live-streams.service.ts';
import { createCheckFeed } from '../health/check-feed.service.ts';
import { createPolicyChanges } from '../policies/policy-changes.service.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import { createDecisionFeed } from '../routing/record/decision-feed.service.ts';
import type { Ground } from './ground.ts';

/** What subscriptions are made of. */
type LiveParts = Ground & {
  readonly breakers: Breakers;
  readonly policies: PolicyService;
  readonly catalog: () => CatalogView;
};

/** What subscriptions follow; the streams end before what they are made of. */
export function createLiveServices(parts: LiveParts): LiveServices {
  const { stack } = parts;
  const db = parts.database.reads.background;
  return {
    transitionFeed: stack.use(createTransitionFeed({ ...parts, db })),
    breakerChanges: stack.use(createBreakerChanges(parts)),
    decisionFeed: stack.use(createDecisionFeed({ ...parts, db })),
    policyChanges: stack.use(createPolicyChanges(parts)),
    checkFeed: stack.use(createCheckFeed({ ...parts, db })),
    liveStreams: stack.use(createLiveStreams(parts)),
  };
}
