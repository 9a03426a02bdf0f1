import type { EdgeLimits } from '../../../src/config/edge-limits.ts';
import { parseEnv } from '../../../src/config/parse-env.ts';
import type { Replication } from '../../../src/fleet/replication.service.ts';
import { createRates, type Rates } from '../../../src/limits/rates.service.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import type { Clock } from '../../../src/system/clock.ts';

/** What callers may hold and ask for where nothing is set, or with some of it changed. */
export function edgeLimits(
  changed: Partial<Omit<EdgeLimits, 'perMinute'>> = {},
  perMinute: Partial<EdgeLimits['perMinute']> = {},
): EdgeLimits {
  const parsed = parseEnv({});
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  const { edge } = parsed.config;
  return { ...edge, ...changed, perMinute: { ...edge.perMinute, ...perMinute } };
}

/** The rates of an instance that has no others beside it. */
export function aloneRates({ perMinute }: EdgeLimits, clock: Clock = nodeClock): Rates {
  const replication: Pick<Replication, 'add'> = {
    add: () => ({ changed() {}, changedNow() {}, partsOf: () => [] }),
  };
  return createRates({ perMinute, replication, clock });
}
