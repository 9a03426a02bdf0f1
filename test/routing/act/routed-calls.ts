import type { CatalogView } from '../../../src/catalog/catalog-view.ts';
import type { RoutedCall } from '../../../src/routing/act/routed-call.ts';
import type { PlanInput } from '../../../src/routing/plan/plan-input.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { parseRouteRequest } from '../../../src/routing/request/parse-request.ts';

const parsed = parseRouteRequest({ messages: [{ role: 'user', content: 'Hi' }] });

/** A call without a key that was planned from this input at the beginning of all time; `abort` ends it. */
export function routedCall(planInput: PlanInput, catalog: Partial<CatalogView> = {}): RoutedCall {
  if (!parsed.ok) throw new Error('the sample request is sound');
  const plan = planRoute(planInput);
  const own = new AbortController();
  return {
    request: parsed.value,
    models: null,
    policy: planInput.policy,
    catalog: {
      connection: (slug: string) => ({ slug, adapter: 'simulated', baseUrl: null, credential: null }),
      model: () => undefined,
      ...catalog,
    } as CatalogView,
    decisionId: 'd',
    planInput,
    plan,
    tenantId: 'tenant',
    actor: 'key:test',
    promptSha256: 'ab'.repeat(32),
    createdAt: 0,
    startedMs: 0,
    deadlineMs: plan.timeoutMs,
    key: null,
    signal: own.signal,
    abort: (reason) => own.abort(reason),
  };
}
