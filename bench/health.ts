// `npm run bench -- health`: what summing up health checks takes over five million of them, and how it is done.
import pg from 'pg';
import { createHealthHistory } from '../src/health/history.service.ts';
import { healthWindows } from '../src/health/history.ts';
import { openDatabase } from '../src/storage/open-database.ts';
import type { PrismaClient } from '../src/storage/generated/prisma/client.ts';
import { silentLog } from '../test/support/logs/silent-log.ts';
import { findPostgres } from '../test/support/run/services.ts';
import { report, type Measurement } from './report.ts';
import { createDatabase } from './route-stage.ts';

const ROWS = 5_000_000;

/** As many models as, probed every 30 seconds, make so many rows in the 30 days that they are kept. */
const MODELS = 58;

const LIMIT_MS = 300;

const keys = Array.from({ length: MODELS }, (_, model) => `bench/model-${model}`);

/** Builds the rows, measures, and prints the plan of the rollup; false when it takes longer than promised. */
export async function benchHealth(): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const postgres = await findPostgres(process.env);
  if (postgres === null) throw new Error('This benchmark needs a Postgres.');
  stack.use(postgres);
  const { url, version } = await createDatabase(postgres.url, stack);
  const { prisma } = stack.use(await openDatabase({ url, dataDir: '', log: silentLog }));
  const fromMs = performance.now();
  await build(url);
  console.log(`${ROWS} rows built in ${Math.round((performance.now() - fromMs) / 1_000)} s`);
  const history = createHealthHistory(prisma);
  const model = { providerSlug: 'bench', modelSlug: 'model-1' };
  const rows: Measurement[] = [
    await time('one model, 24 h', 50, () => history.summaryOf('bench/model-1', 'LAST_DAY'), LIMIT_MS),
    await time('one model, 24 h in 60 parts', 50, () => history.series(model, 'LAST_DAY', 60), LIMIT_MS),
    await time(
      `all ${MODELS} models, 24 h`,
      20,
      () => all((key) => history.summaryOf(key, 'LAST_DAY')),
      LIMIT_MS,
    ),
    await time('one model, a week', 20, () => history.summaryOf('bench/model-1', 'LAST_WEEK')),
  ];
  const kept = report(`Summing up ${ROWS} health checks of ${MODELS} models, ${version}`, rows);
  console.log(await planOf(prisma));
  return kept;
}

const all = (ask: (key: string) => Promise<unknown>) => Promise.all(keys.map(ask));

/**
 * In the order of their times, as they come: those of one model lie far apart. The indexes are made afterwards, and
 * nothing goes through the log: the rows and indexes are the same, and there in a tenth of the time.
 */
async function build(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: indexes } = await client.query<{ name: string; made: string }>(
      `SELECT indexname AS name, indexdef AS made FROM pg_indexes WHERE tablename = 'provider_health_checks'`,
    );
    await client.query('ALTER TABLE provider_health_checks DROP CONSTRAINT provider_health_checks_pkey');
    for (const { name } of indexes) await client.query(`DROP INDEX IF EXISTS ${name}`);
    await client.query('ALTER TABLE provider_health_checks SET UNLOGGED');
    await client.query(checks);
    for (const { made } of indexes) await client.query(made);
    // As autovacuum leaves a table behind that has grown for 30 days.
    await client.query('VACUUM (ANALYZE) provider_health_checks');
  } finally {
    await client.end();
  }
}

const checks = `
  INSERT INTO provider_health_checks
    (id, provider_slug, model_slug, outcome, latency_ms, failure_class, cost_micro_usd, probed_at)
  SELECT gen_random_uuid(), 'bench', 'model-' || (n % ${MODELS}),
    CASE WHEN n % 97 = 0 THEN 'timeout' ELSE 'ok' END, (200 + (n::bigint * 7919) % 3000)::int,
    CASE WHEN n % 97 = 0 THEN 'TIMEOUT' END, 12,
    now() - (${ROWS} - n) * (interval '30 seconds' / ${MODELS})
  FROM generate_series(1, ${ROWS}) AS n`;

async function time(
  name: string,
  rounds: number,
  work: () => Promise<unknown>,
  limit?: number,
): Promise<Measurement> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    await work();
    samples.push(performance.now() - startedMs);
  }
  return { name, unit: 'ms', samples, ...(limit === undefined ? {} : { limit }) };
}

/** How the database finds the checks of one model in a day. */
async function planOf(prisma: PrismaClient): Promise<string> {
  const rows = await prisma.$queryRaw<{ 'QUERY PLAN': string }[]>`
    EXPLAIN (ANALYZE, BUFFERS) SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY latency_ms)
    FROM provider_health_checks WHERE provider_slug = 'bench' AND model_slug = 'model-1'
      AND probed_at > statement_timestamp() - ${healthWindows.LAST_DAY}::float8 * interval '1 millisecond'`;
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
