import { shareEstimates, type SharedEstimates } from '../../src/estimates/estimates.service.ts';
import { createReplication } from '../../src/fleet/replication.service.ts';
import type { PartExchange } from '../../src/fleet/replication.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Log } from '../../src/system/log.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { catalogOf } from '../limits/limits-stage.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { createManualTime, type ManualTime } from '../support/time/manual-time.ts';

/** The estimates of an instance whose time a test moves. */
export interface EstimatesStage extends AsyncDisposable {
  readonly estimates: SharedEstimates;
  readonly time: ManualTime;
}

/** Starts an instance of which the models are `one/a`, `one/b` and `two/a`: alone, unless it is given others. */
export async function openEstimates(
  database: Pick<Database, 'prisma' | 'kind' | 'roundTripMs'>,
  { exchange = null, log = silentLog }: { readonly exchange?: PartExchange | null; readonly log?: Log } = {},
): Promise<EstimatesStage> {
  const time = createManualTime();
  await using stack = new AsyncDisposableStack();
  const replication = stack.use(createReplication({ ...time, exchange, hint() {}, log }));
  const random = createNodeRandom(() => Date.now());
  const catalog = () => catalogOf(1);
  const estimates = stack.use(await shareEstimates({ ...time, database, replication, catalog, random, log }));
  const owned = stack.move();
  return { estimates, time, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
