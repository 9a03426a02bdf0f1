import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { Replica, Replication } from '../../fleet/replication.service.ts';
import type { Clock } from '../../system/clock.ts';
import type { Sha256 } from '../../system/digest.ts';
import { fromParts, laterOf, numberOf, toPart, USUAL_CACHE_TTL_MS, type LastAnswer } from './last-answer.ts';

/** The model that each session of each tenant is with, as far as the fleet knows. Reading it neither waits nor fails. */
export interface Sessions {
  /** The key of the model that answered the session's last call, within its cache time; null: none did. */
  modelOfSession(tenantId: string, sessionId: string): string | null;
  /** A model has answered a call of the session: from now on it is with that one. */
  answered(session: { readonly tenantId: string; readonly sessionId: string }, modelKey: string): void;
}

/** Sessions that are remembered at most; beyond them those that have been silent for longest are forgotten. */
export const MOST_SESSIONS = 20_000;

export interface SessionsOptions {
  readonly replication: Pick<Replication, 'add'>;
  readonly catalog: () => CatalogView;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly sha256: Sha256;
}

interface Session {
  own: LastAnswer | null;
  others: LastAnswer | null;
}

/** Nothing is remembered yet; what other instances know comes with the next exchange. */
export function shareSessions({ replication, catalog, clock, sha256 }: SessionsOptions): Sessions {
  /** By name, the longest silent first. */
  const sessions = new Map<string, Session>();
  const keysOf = createKeys(sha256);
  const replica: Replica = replication.add({
    kind: 'session',
    names: () => sessions.keys(),
    isInUse: (name) => sessions.has(name),
    localPart: (name, now) => {
      const own = sessions.get(name)?.own ?? null;
      return own === null ? null : toPart(own, now);
    },
    merge(name, parts, now) {
      const session = sessions.get(name);
      if (session !== undefined) session.others = fromParts(parts, now);
    },
  });

  const nameOf = (tenantId: string, sessionId: string) =>
    sha256.hex(`${tenantId}\0${sessionId}`).slice(0, 32);

  return {
    modelOfSession(tenantId, sessionId) {
      const name = nameOf(tenantId, sessionId);
      const known = sessions.get(name);
      const now = clock.monotonicMs();
      const others = known === undefined ? fromParts(replica.partsOf(name), now) : known.others;
      const last = laterOf(known?.own ?? null, others);
      const view = catalog();
      const key = last === null ? undefined : keysOf(view).get(last.model);
      if (last === null || key === undefined) return null;
      return now - last.atMs <= (view.model(key)?.model.cacheTtlMs ?? USUAL_CACHE_TTL_MS) ? key : null;
    },
    answered({ tenantId, sessionId }, modelKey) {
      const name = nameOf(tenantId, sessionId);
      const now = clock.monotonicMs();
      const before = sessions.get(name);
      const others = before === undefined ? fromParts(replica.partsOf(name), now) : before.others;
      const own = { model: numberOf(sha256(modelKey)), atMs: now };
      const isNews = laterOf(before?.own ?? null, others)?.model !== own.model;
      sessions.delete(name);
      sessions.set(name, { own, others });
      if (sessions.size > MOST_SESSIONS) forgetOldest(sessions);
      // That it is still there is told with everything that is told again from time to time.
      if (isNews) replica.changed(name);
    },
  };
}

function forgetOldest(sessions: Map<string, Session>): void {
  const [oldest] = sessions.keys();
  if (oldest !== undefined) sessions.delete(oldest);
}

/** The keys of a catalog's models by the numbers that stand for them, worked out once for each version. */
function createKeys(sha256: Sha256): (view: CatalogView) => ReadonlyMap<number, string> {
  const known = new WeakMap<CatalogView, ReadonlyMap<number, string>>();
  return (view) => {
    const keys =
      known.get(view) ?? new Map(view.models.map(({ key }) => [numberOf(sha256(key)), key] as const));
    known.set(view, keys);
    return keys;
  };
}
