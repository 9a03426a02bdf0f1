import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { Agent, request } from 'undici';
import { findPostgres } from '../test/support/run/services.ts';

/** The key of the server's admin. */
export const key = 'swy_bench_admin-key-of-the-bench';

/** Everything a run of the route benchmark stands on, in processes of their own. */
export interface Stage extends AsyncDisposable {
  /** The database's name and version. */
  readonly database: string;
  /** One call of the provider itself; true when it answered. */
  readonly directCall: () => Promise<boolean>;
  /** The same call through Switchyard. */
  readonly routedCall: () => Promise<boolean>;
  /** The same call through whatever speaks the API of chat completions at this address, with these header fields. */
  readonly chatCall: (origin: string, fields?: Readonly<Record<string, string>>) => () => Promise<boolean>;
  /** Where they listen. */
  readonly origins: { readonly provider: string; readonly server: string };
  /** The server's process. */
  readonly server: ChildProcess;
  readonly agent: Agent;
  /** Any operation, as the admin or with another key. */
  readonly ask: (query: string, variables: object, key?: string) => Promise<string>;
  /** Processor time so far, milliseconds by party; empty where the system does not tell (no /proc). */
  cpuMs(): Promise<Record<string, number>>;
}

/**
 * Starts provider, database and server, and teaches the server the provider, which is what `file` starts. A profiled
 * server obeys `profiler.ts`; `settings` are further variables of its environment.
 */
export async function startStage({
  isProfiled = false,
  file = 'bench/route-provider.ts',
  settings = {},
}: {
  readonly isProfiled?: boolean;
  readonly file?: string;
  readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const postgres = await findPostgres(process.env);
  if (postgres === null) throw new Error('The route benchmark needs a Postgres: set TEST_DATABASE_URL.');
  stack.use(postgres);
  const { url: databaseUrl, version } = await createDatabase(postgres.url, stack);
  const provider = await startProcess([file], {}, stack);
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const environment = {
    PORT: '0',
    DATABASE_URL: databaseUrl,
    SWITCHYARD_ADMIN_KEY: key,
    SWITCHYARD_DATA_DIR: dataDir,
    ...settings,
  };
  const profiler = isProfiled ? ['--import', './bench/profiler.ts'] : [];
  const args = ['--max-semi-space-size=64', ...profiler, 'src/main.ts'];
  const server = await startProcess(args, environment, stack);
  const agent = new Agent({ connections: 64, pipelining: 1 });
  stack.defer(() => agent.close());
  const ask = (query: string, variables: object, asker = key) =>
    post(agent, `${server.url}/graphql`, { query, variables }, bearer(asker));
  await teach(ask, provider.url);
  const cpuByParty = createCpuByParty(server.process, provider.process, databaseName(databaseUrl));
  const chatCall =
    (origin: string, fields = {}) =>
    async () =>
      (await post(agent, `${origin}/v1/chat/completions`, chatBody, fields)).includes('Hello');
  const owned = stack.move();
  return {
    database: version,
    server: server.process,
    agent,
    ask,
    chatCall,
    origins: { provider: provider.url, server: server.url },
    directCall: chatCall(provider.url),
    routedCall: async () =>
      (await ask(routeMutation, routeVariables)).includes('"__typename":"RouteSuccess"'),
    cpuMs: () => Promise.resolve(cpuByParty()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const messages = [{ role: 'user', content: 'Say hello.' }];
const chatBody = { model: 'bench/model', messages };
export const routeVariables = { input: { messages: [{ role: 'USER', content: 'Say hello.' }] } };
export const routeMutation = `mutation Route($input: RouteInput!) {
  route(input: $input) {
    __typename
    ... on RouteSuccess {
      completion { text finishReason usage { inputTokens outputTokens costUsd } model { key } }
      decision { id status attempts { providerSlug modelSlug status latencyMs } }
      degraded
    }
    ... on Error { message code }
  }
}`;

async function teach(
  ask: (query: string, variables: object) => Promise<string>,
  providerUrl: string,
): Promise<void> {
  const answer = await ask(
    `mutation ($provider: UpsertProviderInput!, $model: UpsertModelInput!) {
      upsertProvider(input: $provider) { __typename }
      upsertModel(input: $model) { __typename }
    }`,
    {
      provider: { slug: 'bench', name: 'Bench', adapter: 'openai-compatible', baseUrl: `${providerUrl}/v1` },
      model: {
        providerSlug: 'bench',
        modelSlug: 'model',
        contextWindowTokens: 100_000,
        maxOutputTokens: 8000,
        inputUsdPerMillionTokens: 1,
        outputUsdPerMillionTokens: 2,
        complianceScore: 0.9,
        capabilities: ['STREAMING'],
      },
    },
  );
  if (!answer.includes('UpsertModelPayload')) throw new Error(`The server did not take the model: ${answer}`);
}

/** The header field of whoever has this key; absent: the admin's. */
export function bearer(asker = key): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${asker}` };
}

async function post(
  agent: Agent,
  url: string,
  body: object,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const response = await request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...fields },
    body: JSON.stringify(body),
  });
  return response.body.text();
}

/** A database of the benchmark's own on a Postgres, dropped when the stack is disposed of. */
export async function createDatabase(adminUrl: string, stack: AsyncDisposableStack) {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  stack.defer(() => client.end());
  const name = `switchyard_bench_${process.pid}`;
  await client.query(`CREATE DATABASE ${name}`);
  stack.defer(async () => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`)));
  const { rows } = await client.query<{ version: string }>(
    `SELECT 'Postgres ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') AS version`,
  );
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, version: rows[0]?.version ?? 'Postgres' };
}

/** Starts a Node process and waits until it prints where it listens. */
export async function startProcess(
  args: string[],
  environment: Record<string, string>,
  stack: AsyncDisposableStack,
) {
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  // With a fourth way the types of the first three are not known any more.
  const stdout = child.stdout as Readable;
  stack.defer(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  for await (const line of createInterface({ input: stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url === undefined) continue;
    stdout.resume();
    return { url, process: child };
  }
  throw new Error(`${args.join(' ')} ended before it listened`);
}

/** Tells processor time by party: utime + stime of /proc/<pid>/stat (proc(5)), at 100 ticks a second. */
function createCpuByParty(server: ChildProcess, provider: ChildProcess, database: string) {
  // A session that is idle is closed in time, and what it took would be gone with it.
  const sessions = new Map<string, number>();
  return (): Record<string, number> => {
    try {
      const mine = process.cpuUsage();
      for (const pid of readdirSync('/proc').filter((name) => isSession(name, database))) {
        sessions.set(pid, cpuOf(pid));
      }
      return {
        switchyard: cpuOf(String(server.pid)),
        postgres: [...sessions.values()].reduce((sum, ms) => sum + ms, 0),
        provider: cpuOf(String(provider.pid)),
        load: (mine.user + mine.system) / 1000,
      };
    } catch {
      return {};
    }
  };
}

/** Of one process. */
export function cpuOf(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function databaseName(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** Whether a process is a session of Postgres with this database, as its title says. */
function isSession(pid: string, database: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return title.startsWith('postgres') && title.includes(` ${database} `);
  } catch {
    // The process ended between the listing and now.
    return false;
  }
}
