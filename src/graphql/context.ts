import type { BreakerView } from '../breakers/breaker-view.ts';
import type { TransitionRow } from '../breakers/transitions/transition.store.ts';
import type { Changes } from '../events/changes.service.ts';
import type { LiveStreams } from '../events/live-streams.service.ts';
import type { Feed } from '../events/feed.service.ts';
import type { CheckFeed } from '../health/check-feed.service.ts';
import type { Health } from '../health/health.service.ts';
import type { TenantPolicy } from '../policies/policy.ts';
import type { Decision } from '../routing/record/decision.ts';
import type { Breakers } from '../breakers/breaker.service.ts';
import type { CatalogService } from '../catalog/catalog.service.ts';
import type { SharedEstimates } from '../estimates/estimates.service.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { QuotaService } from '../limits/quota.service.ts';
import type { Rates } from '../limits/rates.service.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { ApiKeyService } from '../tenants/api-key.service.ts';
import type { Callers } from '../tenants/callers.service.ts';
import type { TenantService } from '../tenants/tenant.service.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { Planner } from '../routing/plan/planner.service.ts';
import type { PolicySimulations } from '../routing/simulate/simulate.service.ts';
import type { RouteService } from '../routing/carry/route.service.ts';
import type { RouteStreamService } from '../routing/stream/route-stream.service.ts';
import type { VoteService } from '../routing/vote/vote.service.ts';
import type { Database } from '../storage/database.ts';
import type { Viewer } from '../tenants/viewer.ts';

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

/** The use cases that the API offers. */
export interface Services extends LiveServices {
  readonly database: Database;
  readonly tenants: TenantService;
  readonly apiKeys: ApiKeyService;
  readonly callers: Callers;
  readonly policies: PolicyService;
  readonly catalog: CatalogService;
  readonly breakers: Breakers;
  readonly audit: AuditService;
  readonly planner: Planner;
  readonly simulations: PolicySimulations;
  readonly quota: QuotaService;
  readonly rates: Rates;
  readonly providerLimits: ProviderLimits;
  readonly estimates: SharedEstimates;
  readonly health: Health;
  readonly route: RouteService;
  readonly routeStream: RouteStreamService;
  readonly vote: VoteService;
}

/** What every resolver of one operation knows. */
export interface RequestContext {
  /** The caller; an operation without one never reaches a resolver. */
  readonly viewer: Viewer;
  readonly services: Services;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}
