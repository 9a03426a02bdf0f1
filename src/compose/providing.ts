import { shareEstimates } from '../estimates/estimates.service.ts';
import { createBreakers } from '../breakers/breaker.service.ts';
import { createCalls } from '../calls/calls.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Config } from '../config/config.ts';
import { createHealth, type Health } from '../health/health.service.ts';
import { createLimits } from '../limits/limits.service.ts';
import { createProviderFactory } from '../providers/provider-factory.service.ts';
import type { Callers } from '../tenants/callers.service.ts';
import type { Ground } from './ground.ts';

/** What stands between calls and providers: who guards them, who makes them, and who looks after the models. */
export async function createProviding(
  config: Config,
  parts: Ground & { readonly catalog: () => CatalogView; readonly callers: Callers },
) {
  const { stack, callers } = parts;
  // The monitor probes through calls, and calls ask whether somebody probes.
  const late: { health?: Health } = {};
  const hasProber = (key: string) => late.health?.watches(key) ?? false;
  const breakers = stack.use(await createBreakers({ ...parts, rule: config.breakers, hasProber }));
  const { quota, rates, providerLimits, places, replication } = stack.use(
    await createLimits({ ...parts, ...config.edge, breakers, quotaOf: callers.limitsOf }),
  );
  const outbound = { privateAddresses: config.privateAddresses };
  const providers = stack.use(createProviderFactory({ ...parts, outbound }));
  const estimates = stack.use(await shareEstimates({ ...parts, replication }));
  const guards = { breakers, limits: providerLimits, estimates };
  const attemptBaseMs = config.attemptTimeoutMs;
  const calls = stack.use(createCalls({ ...parts, ...guards, providers, attemptBaseMs }));
  const health = stack.use(createHealth({ ...parts, ...guards, calls, settings: config.probes }));
  late.health = health;
  return { replication, breakers, quota, rates, providerLimits, places, estimates, calls, health };
}
