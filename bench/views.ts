// `npm run bench -- views`: how soon a change on one instance acts on the others, with Redis between them and without.
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../src/app.ts';
import type { Viewer } from '../src/tenants/viewer.ts';
import { findPostgres, findRedis } from '../test/support/run/services.ts';
import { adminKey, startApp } from './app.ts';
import { report, type Measurement } from './report.ts';
import { createDatabase } from './route-stage.ts';

const instances = 3;

/** What is promised from a change's answer to its effect on the last instance: with Redis, and by the poll alone. */
const promisedMs = { redis: 50, poll: 2050 };

/** Measures policies, catalog and keys on instances that share one Postgres; false when a promise is not kept. */
export async function benchViews(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const postgres = await findPostgres(process.env);
  const redis = await findRedis(process.env);
  if (postgres === null || redis === null) throw new Error('This benchmark needs a Postgres and a Redis.');
  stack.use(postgres);
  stack.use(redis);
  const { url, version } = await createDatabase(postgres.url, stack);
  const title = `Change to effect on ${instances - 1} other instances in this process, ${version}`;
  const withRedis = await measure({ DATABASE_URL: url, REDIS_URL: redis.url }, 200, promisedMs.redis);
  const without = await measure({ DATABASE_URL: url }, 5, promisedMs.poll);
  const named = (name: string) => (row: Measurement) => ({ ...row, name: `${row.name}, ${name}` });
  return report(title, [...withRedis.map(named('Redis')), ...without.map(named('poll'))]);
}

async function measure(
  environment: Record<string, string>,
  rounds: number,
  limit: number,
): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const apps: App[] = [];
  for (let index = 0; index < instances; index += 1) apps.push(await startApp(environment, stack));
  const [first, ...others] = apps as [App, ...App[]];
  const rows: Measurement[] = [];
  for (const [name, change] of Object.entries(changesOn(first))) {
    const asked: number[] = [];
    const answered: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const askedMs = performance.now();
      const changing = change(round);
      const answer = changing.then(() => performance.now());
      const seen = changing.then((isSeen) => until(() => others.every((app) => isSeen(app))));
      const [answeredMs, seenMs] = await Promise.all([answer, seen]);
      asked.push(seenMs - askedMs);
      answered.push(seenMs - answeredMs);
    }
    rows.push({ name: `${name}, from asking`, unit: 'ms', samples: asked });
    rows.push({ name: `${name}, from its answer`, unit: 'ms', samples: answered, limit });
  }
  return rows;
}

/** Makes a change, and then says of an instance whether it acts there. */
type Change = (round: number) => Promise<(app: App) => boolean>;

function changesOn({ services }: App): Readonly<Record<string, Change>> {
  const viewer = services.apiKeys.authenticate(adminKey) as Viewer;
  const { tenantId } = viewer;
  const model = { providerSlug: 'bench', modelSlug: 'model' };
  return {
    async policy(round) {
      const version = services.policies.policyOf(tenantId)?.version ?? 0;
      await services.policies.update('bench', tenantId, version, { timeoutMs: 10_000 + round });
      return (app) => app.services.policies.policyOf(tenantId)?.version === version + 1;
    },
    async catalog(round) {
      if (round === 1) await services.catalog.upsertProvider({ slug: 'bench', adapter: 'openai' }, 'bench');
      const prices = { inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 2 };
      const limits = { contextWindowTokens: 100_000, maxOutputTokens: 1000 + round };
      await services.catalog.upsertModel({ ...model, ...prices, ...limits }, 'bench');
      const isNew = (found?: number) => found === limits.maxOutputTokens;
      return (app) => isNew(app.services.catalog.view().model('bench/model')?.model.maxOutputTokens);
    },
    async key() {
      const limits = { expiresAt: null, requestsPerMinute: null, tokensPerMinute: null };
      const { text } = await services.apiKeys.issue(viewer, tenantId, {
        roles: ['AGENT'],
        label: null,
        ...limits,
      });
      return (app) => app.services.apiKeys.authenticate(text) !== undefined;
    },
  };
}

/** Resolves with the instant at which a condition first holds, to a millisecond. */
async function until(condition: () => boolean): Promise<number> {
  while (!condition()) await delay(1);
  return performance.now();
}
