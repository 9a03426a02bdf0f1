import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { addModel, setTimeLimit } from '../test/support/graphql/admin.ts';
import { breakerOf } from '../test/support/graphql/breakers.ts';
import { adminKey } from '../test/support/graphql/client.ts';
import { findPostgres } from '../test/support/run/services.ts';
import { createDatabase, startProcess } from './route-stage.ts';

/** A server as an operator runs it, which knows a model of each provider. */
export interface Served {
  readonly database: string;
  readonly pid: number;
  /** One call of a provider's model, and how it ended. */
  call(slug: string, timeoutMs: number): Promise<{ readonly name: string; readonly latencyMs: number }>;
  isOpen(slug: string): Promise<boolean>;
}

/** Starts one with a cool-off of two seconds, and without a monitor: those who wait heal what they wait for. */
export async function startServed(
  providers: Readonly<Record<string, { readonly baseUrl: string }>>,
  stack: AsyncDisposableStack,
): Promise<Served> {
  const postgres = await findPostgres(process.env);
  if (postgres === null) throw new Error('This benchmark needs a Postgres: set TEST_DATABASE_URL.');
  stack.use(postgres);
  const { url: databaseUrl, version } = await createDatabase(postgres.url, stack);
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const environment = {
    ...{ PORT: '0', DATABASE_URL: databaseUrl, SWITCHYARD_DATA_DIR: dataDir, SWITCHYARD_ADMIN_KEY: adminKey },
    // All calls of the bench come from one address.
    SWITCHYARD_MAX_CONNECTIONS_PER_ADDRESS: '20000',
    ...{ SWITCHYARD_BREAKER_COOL_OFF_MS: '2000', SWITCHYARD_PROBES: 'off', SWITCHYARD_LOG_LEVEL: 'info' },
  };
  const { url, process: child } = await startProcess(
    ['--max-semi-space-size=64', 'src/main.ts'],
    environment,
    stack,
  );
  const agent = new Agent({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  stack.defer(() => agent.destroy());
  const server = { url };
  await setTimeLimit(server, 300_000);
  for (const [slug, provider] of Object.entries(providers)) {
    await addModel(server, slug, provider, { attemptTimeoutMs: 300_000 });
  }
  return {
    database: version,
    pid: child.pid!,
    async call(slug, timeoutMs) {
      const fromMs = performance.now();
      const input = {
        messages: [{ role: 'USER', content: 'Say hello.' }],
        models: [`${slug}/model`],
        timeoutMs,
      };
      const response = await request(`${url}/graphql`, {
        // Over a connection of its own: one that idles may be closed at the very moment at which it is used again.
        ...{ dispatcher: agent, method: 'POST', reset: true },
        headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
        body: JSON.stringify({
          query: 'mutation ($input: RouteInput!) { route(input: $input) { __typename } }',
          variables: { input },
        }),
      });
      const text = await response.body.text();
      const name = response.statusCode === 503 ? 'Unavailable' : /"__typename":"(\w+)"/.exec(text)?.[1];
      return { name: name ?? text, latencyMs: performance.now() - fromMs };
    },
    isOpen: async (slug) => (await breakerOf(server, slug)).state === 'OPEN',
  };
}
