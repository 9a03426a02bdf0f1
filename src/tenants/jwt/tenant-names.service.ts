import type { Bus } from '../../events/bus.ts';
import { createLiveView } from '../../events/live-view.service.ts';
import type { Database } from '../../storage/database.ts';
import { readAtVersion, readTopic } from '../../storage/topic-version.store.ts';
import type { Log } from '../../system/log.ts';
import type { Timers } from '../../system/timers.ts';
import { loadTenantNames } from '../tenant.store.ts';

/** How often it is asked whether there are other tenants, where no event tells. */
const POLL_MS = 2000;

/** Which tenants there are, in memory. */
export interface TenantNames extends AsyncDisposable {
  /** The id of the tenant with this slug or id; undefined: there is none. */
  idOf(name: string): string | undefined;
  /** Resolves when it knows everything committed before the call. */
  refresh(): Promise<void>;
}

/** Loads the names of all tenants; rejects when the database is away. A tenant comes and goes with its policy. */
export async function createTenantNames(options: {
  readonly database: Database;
  readonly bus: Bus;
  readonly timers: Timers;
  readonly log: Log;
}): Promise<TenantNames> {
  const { database, bus, timers, log } = options;
  const db = database.prisma;
  const view = await createLiveView({
    ...{ bus, timers, log, topic: 'policies', pollMs: POLL_MS },
    load: () => readAtVersion(db, 'policies', loadTenantNames),
    readVersion: () => readTopic(db, 'policies'),
  });
  return {
    idOf: (name) => view.current().get(name),
    refresh: () => view.refresh(),
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}
