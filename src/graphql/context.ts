import type { Breakers } from '../breakers/breaker.service.ts';
import type { CatalogService } from '../catalog/catalog.service.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { PolicyService } from '../policies/policy.service.ts';
import type { ApiKeyService } from '../tenants/api-key.service.ts';
import type { TenantService } from '../tenants/tenant.service.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { Planner } from '../routing/planner.service.ts';
import type { RouteService } from '../routing/route.service.ts';
import type { RouteStreamService } from '../routing/route-stream.service.ts';
import type { Database } from '../storage/database.ts';
import type { Viewer } from '../tenants/viewer.ts';
import type { LiveServices } from './live-services.ts';

/** The use cases that the API offers. */
export interface Services extends LiveServices {
  readonly database: Database;
  readonly tenants: TenantService;
  readonly apiKeys: ApiKeyService;
  readonly policies: PolicyService;
  readonly catalog: CatalogService;
  readonly breakers: Breakers;
  readonly audit: AuditService;
  readonly planner: Planner;
  readonly providerLimits: ProviderLimits;
  readonly route: RouteService;
  readonly routeStream: RouteStreamService;
}

/** What every resolver of one operation knows. */
export interface RequestContext {
  /** The caller; an operation without one never reaches a resolver. */
  readonly viewer: Viewer;
  readonly services: Services;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}
