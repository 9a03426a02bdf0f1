import { createCatalogService } from '../../src/catalog/catalog.service.ts';
import { createMemoryBus } from '../../src/events/bus.memory.ts';
import type { Database } from '../../src/storage/database.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { openOutbound } from '../../src/providers/base-url.ts';
import { secretsForAnywhere } from '../support/providers/secrets.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';

/** The catalog of an instance on this database, whose time a test moves; without credentials unless some are given. */
export async function openCatalog(database: Database, credentials: Readonly<Record<string, string>> = {}) {
  const time = createManualTime();
  const { clock, timers } = time;
  const catalog = await createCatalogService({
    ...{ database, clock, timers, sha256: nodeSha256, log: silentLog },
    bus: createMemoryBus(silentLog),
    random: createNodeRandom(() => clock.now()),
    secrets: secretsForAnywhere(credentials),
    outbound: openOutbound,
  });
  return { catalog, time };
}
