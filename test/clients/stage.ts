import { inject } from 'vitest';
import { addModel } from '../support/graphql/admin.ts';
import { adminKey } from '../support/graphql/client.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

/** A package of a vendor, of which a test uses what it likes. */
export type ClientPackage = ReturnType<typeof JSON.parse>;

/** Stands for a package that is not installed: whatever is asked of it is itself again, and the tests are skipped. */
const absent: ClientPackage = new Proxy(Object, {
  get: (_, name) => (name === 'then' ? undefined : absent),
  apply: () => absent,
  construct: () => absent,
});

/** A package of this folder. It is not known to the compiler, since it is there only once the tests have run. */
export async function clientPackage(name: string): Promise<ClientPackage> {
  if (!inject('clients')) return absent;
  return await import(/* @vite-ignore */ name);
}

/** A whole server, two scripted providers behind it, and what clients are told of both. */
export interface ClientStage extends AsyncDisposable {
  readonly server: TestServer;
  readonly first: ScriptedProvider;
  readonly second: ScriptedProvider;
  readonly apiKey: string;
  /** Up to `/v1`, and without it. */
  readonly baseUrl: string;
  readonly origin: string;
}

/** Starts all of it: `first/model` is preferred to `second/model`. */
export async function openClientStage(): Promise<ClientStage> {
  await using stack = new AsyncDisposableStack();
  // Faults are scripted, and the next call is to meet providers as if nothing had been.
  const server = stack.use(await startServer({ SWITCHYARD_BREAKER_THRESHOLD: '100' }));
  const first = stack.use(await startScriptedProvider());
  const second = stack.use(await startScriptedProvider());
  const capabilities = ['STREAMING', 'VISION', 'TOOLS', 'FORCED_TOOLS', 'JSON_SCHEMA', 'STOP_SEQUENCES'];
  await addModel(server, 'first', first, { ats: 0.95, capabilities });
  await addModel(server, 'second', second, { ats: 0.6, capabilities });
  const owned = stack.move();
  return {
    ...{ server, first, second, apiKey: adminKey, origin: server.url, baseUrl: `${server.url}/v1` },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A model's wish for the weather of Oslo. */
export const weatherCall = { id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' };

/** What the weather tool takes, as JSON Schema. */
export const weatherSchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
