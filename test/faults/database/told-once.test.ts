import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { administer } from '../../support/databases/administer.ts';
import { createPostgresDatabase } from '../../support/databases/fresh-databases.ts';
import { openLine, type PostgresLine, type SessionRefusal } from '../../support/databases/line.ts';
import { hasPostgresBinaries } from '../../support/databases/private-postgres.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { repeat } from '../../../src/system/repeat.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { createKeptLog, type KeptLog } from '../../support/logs/kept-log.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { connectRedis } from '../../support/redis/connect.ts';
import { canStartRedis, createOwnRedis, type OwnRedis } from '../../support/redis/own-redis.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import { until } from '../../support/time/until.ts';
import { expectAway } from '../traffic/away.ts';
import { startOutageFleet, type OutageFleet } from '../traffic/outage-fleet.ts';

vi.setConfig({ testTimeout: 180_000 });

const AWAY = 'warn: The database is away: calls are recorded in the spool, and what needs it is refused.';
const BACK = 'info: The database is back.';

/** What operators see: whoever wants more asks for it. */
function told({ lines }: KeptLog, from: number): readonly string[] {
  return lines.slice(from).filter((line) => !line.startsWith('debug:'));
}

/** Somebody has met the outage and told nobody but those who look closer. */
const metBy = (log: KeptLog, from: number, words: string) =>
  until(() => log.lines.slice(from).some((line) => line.startsWith(`debug: ${words}`)));

/** Of those who write in the background it is done least often, so that all have met the outage by then. */
const LAST_USED = 'When API keys were last used could not be written';
const VIEW = 'The live view cannot reach its table';

/** None of the lines has a stack. */
function expectNoStacks({ fields }: KeptLog, from: number): void {
  expect(fields.slice(from).filter((text) => text.includes('"err":'))).toEqual([]);
}

const outages = [
  {
    name: 'killed',
    begin: ({ postgres }: OutageFleet) => postgres.kill(),
    end: ({ postgres }: OutageFleet) => postgres.start(),
  },
  {
    name: 'paused',
    begin: async ({ postgres }: OutageFleet) => postgres.pause(),
    end: async ({ postgres }: OutageFleet) => postgres.resume(),
  },
  {
    name: 'restarted',
    begin: ({ postgres }: OutageFleet) => postgres.stop(),
    end: ({ postgres }: OutageFleet) => postgres.start(),
  },
];

describe.skipIf(!hasPostgresBinaries() || !canStartRedis)('two instances under load', () => {
  it.each(outages)(
    'each have one line when Postgres is $name and one when it is back, whoever meets the outage',
    async ({ begin, end }) => {
      await using fleet = await startOutageFleet(4);
      const { servers, logs } = fleet;
      await fleet.more(20);
      const from = logs.map(({ lines }) => lines.length);
      await begin(fleet);
      await fleet.more(20);
      await Promise.all(servers.map(({ url }) => expectAway(url)));
      await Promise.all(logs.map((log, index) => metBy(log, from[index]!, LAST_USED)));
      expect(logs.map((log, index) => told(log, from[index]!))).toEqual(logs.map(() => [AWAY]));
      await end(fleet);
      await Promise.all(logs.map((log, index) => until(() => told(log, from[index]!).includes(BACK))));
      await fleet.more(20);
      await fleet.stop();
      expect(logs.map((log, index) => told(log, from[index]!))).toEqual(logs.map(() => [AWAY, BACK]));
      logs.forEach((log, index) => expectNoStacks(log, from[index]!));
    },
  );
});

interface Stage {
  readonly server: TestServer;
  readonly log: KeptLog;
  /** How many lines the start has taken. */
  readonly from: number;
  readonly line: PostgresLine;
  readonly databaseUrl: string;
}

/** A server on a database of its own, behind a line. */
async function startStage(): Promise<Stage> {
  const database = await createPostgresDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const line = await openLine(database.url);
  onTestFinished(() => line[Symbol.asyncDispose]());
  const provider = await startScriptedProvider();
  onTestFinished(() => provider[Symbol.asyncDispose]());
  const log = createKeptLog();
  const server = await startServer({ DATABASE_URL: line.url }, { log });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await addModel(server, 'calm', provider);
  return { server, log, from: log.lines.length, line, databaseUrl: database.url };
}

const degradedOf = async (server: TestServer) => (await route(server, { models: ['calm/model'] })).degraded;

interface Expected {
  readonly reason: string;
  /** Who is waited for to meet it, by the words for those who look closer. */
  readonly metBy: string;
  readonly end: () => Promise<unknown>;
}

async function readinessOf({ url }: TestServer): Promise<[number, unknown]> {
  const response = await fetch(`${url}/readyz`);
  return [response.status, await response.json()];
}

/** Calls are made and everybody meets an outage; then it ends. Two lines tell of it, the first one why. */
async function expectToldOnce(stage: Stage, { reason, metBy: words, end }: Expected): Promise<void> {
  const { server, log, from } = stage;
  await until(async () => (await degradedOf(server))?.includes('DATABASE') === true);
  await metBy(log, from, words);
  expect(await readinessOf(server)).toEqual([200, { status: 'ready', degraded: ['DATABASE'] }]);
  for (let call = 0; call < 5; call += 1) expect(await degradedOf(server)).toEqual(['DATABASE']);
  expect(told(log, from)).toEqual([AWAY]);
  expect(log.fields[log.lines.indexOf(AWAY)]).toContain(reason);
  await end();
  await until(async () => (await degradedOf(server))?.length === 0);
  await until(() => told(log, from).includes(BACK));
  expect(told(log, from)).toEqual([AWAY, BACK]);
  expectNoStacks(log, from);
  expect(await readinessOf(server)).toEqual([200, { status: 'ready' }]);
}

const refusals: readonly SessionRefusal[] = [
  { state: '53300', message: 'sorry, too many clients already' },
  { state: '57P03', message: 'the database system is starting up' },
  { state: '28P01', message: 'password authentication failed for user "postgres"' },
  { state: '3D000', message: 'database "gone" does not exist' },
];

describe.skipIf(inject('postgres') === null)(
  'an outage has one line when it begins and one when it ends',
  () => {
    it.each(refusals)('where sessions are refused: $message', async (refusal) => {
      const stage = await startStage();
      stage.line.refuse(refusal);
      await expectToldOnce(stage, {
        ...{ reason: refusal.state, metBy: VIEW },
        end: async () => stage.line.refuse(null),
      });
    });

    it.each([
      { state: '53100', words: 'No space left on device' },
      { state: '25006', words: 'cannot execute INSERT in a read-only transaction' },
    ])('where reads are served and writes are not: $words', async ({ state, words }) => {
      const stage = await startStage();
      const run = (sql: string) => administer(stage.databaseUrl, (client) => client.query(sql));
      await run(`CREATE FUNCTION refuse_writes() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '${words}' USING ERRCODE = '${state}'; END $$`);
      const tables = ['audit_entries', 'routing_decisions', 'api_keys'];
      for (const table of tables) {
        await run(
          `CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} EXECUTE FUNCTION refuse_writes()`,
        );
      }
      await expectToldOnce(stage, {
        ...{ reason: state, metBy: LAST_USED },
        async end() {
          for (const table of tables) await run(`DROP TRIGGER refuse ON ${table}`);
        },
      });
    });
  },
);

interface RedisOutage {
  readonly name: string;
  readonly begin: (redis: OwnRedis, admin: Redis) => Promise<unknown> | void;
  readonly end: (redis: OwnRedis, admin: Redis) => Promise<unknown> | void;
}

const redisOutages: readonly RedisOutage[] = [
  { name: 'killed', begin: (redis) => redis.kill(), end: (redis) => redis.start() },
  { name: 'paused', begin: (redis) => redis.pause(), end: (redis) => redis.resume() },
  {
    name: 'out of memory',
    begin: (_, admin) => admin.config('SET', 'maxmemory', '1'),
    end: (_, admin) => admin.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'read-only',
    begin: (_, admin) => admin.replicaof('127.0.0.1', 1),
    end: (_, admin) => admin.replicaof('NO', 'ONE'),
  },
];

describe.skipIf(!canStartRedis)('an outage of Redis has one line when it begins and one when it ends', () => {
  it.each(redisOutages)('where it is $name', async ({ begin, end }) => {
    await using redis = await createOwnRedis();
    const log = createKeptLog();
    using link = await connectRedis(redis.url, { log });
    const admin = new Redis(redis.url, { retryStrategy: () => 100 });
    admin.on('error', () => {});
    onTestFinished(() => admin.disconnect());
    await link.run('write', (client) => client.set('x', 1));
    link.state.mend('subscribe');
    const from = log.lines.length;
    // Those who use it go on trying.
    let tries = 0;
    await using _users = repeat(nodeTimers, 100, async () => {
      await link.run('publish', (client) => client.publish('c', 'm')).catch(() => undefined);
      await link.run('replicate', (client) => client.set('x', 1)).catch(() => undefined);
      tries += 1;
    });
    await begin(redis, admin);
    await until(() => told(log, from).length > 0);
    const met = tries + 20;
    await until(() => tries >= met);
    expect(told(log, from)).toEqual(['warn: Redis is away: other instances learn of changes by polling.']);
    await end(redis, admin);
    await until(() => told(log, from).length > 1);
    expect(told(log, from).slice(1)).toEqual(['info: Redis is back: instances hear of changes at once.']);
    expectNoStacks(log, from);
  });
});
