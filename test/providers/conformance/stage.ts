import { generateKeyPairSync } from 'node:crypto';
import { GOOGLE_TOKEN_URL } from '../../../src/providers/ai-sdk/google-token.jose.ts';
import { loadModels } from '../../../src/providers/ai-sdk/models.ai-sdk.ts';
import { createSdkProvider } from '../../../src/providers/ai-sdk/provider.ai-sdk.ts';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import type {
  Provider,
  ProviderRequest,
  ProviderResult,
  SdkConnection,
} from '../../../src/providers/provider.ts';
import { createPooledFetch } from '../../../src/providers/transport/fetch.undici.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { createErrorLog } from '../../support/logs/error-log.ts';
import { anyNumberOfSockets } from '../../support/providers/any-number-of-sockets.ts';
import { nobodyLeaves, question, readAll, type ReadStream } from '../../support/providers/provider-calls.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedReply,
} from '../../support/providers/scripted-provider.ts';
import type { Asked } from './asked.ts';
import type { Said } from './said.ts';
import type { Subject } from './subject.ts';

/** What came of a question, and how its provider was asked; null: nothing was sent. */
export interface Answered {
  readonly result: ProviderResult;
  readonly asked: Asked | null;
  /** What a stream brought; absent: the answer came whole. */
  readonly stream?: ReadStream;
}

/** An adapter, and its API that answers what it is told. */
export interface Cell {
  readonly subject: Subject;
  readonly server: ScriptedProvider;
  readonly provider: Provider;
  whole(said: Said, changes?: Partial<ProviderRequest>): Promise<Answered>;
  streamed(said: Said, changes?: Partial<ProviderRequest>): Promise<Answered>;
  /** Both, one after the other. */
  both(said: Said, changes?: Partial<ProviderRequest>): Promise<readonly [Answered, Answered]>;
  /** The same with any reply. */
  reply(
    reply: ScriptedReply,
    how: 'whole' | 'streamed',
    changes?: Partial<ProviderRequest>,
  ): Promise<Answered>;
}

export interface ConformanceStage extends AsyncDisposable {
  cell(subject: Subject): Promise<Cell>;
}

/** One server and one pool for all adapters. */
export async function openConformanceStage(): Promise<ConformanceStage> {
  const server = await startScriptedProvider();
  const pool = createPooledFetch(anyNumberOfSockets().providers);
  // Google's token endpoint is nowhere else: it answers here.
  const fetch: typeof globalThis.fetch = (input, init) =>
    input === GOOGLE_TOKEN_URL
      ? Promise.resolve(Response.json({ access_token: 'token', expires_in: 3600 }))
      : pool.fetch(input, init);
  const made = new Map<string, Promise<Provider>>();

  async function make(subject: Subject): Promise<Provider> {
    const connection = connectionOf(subject, server.baseUrl);
    const models = await loadModels(connection, {
      pool: { ...pool, fetch },
      timers: nodeTimers,
      clock: nodeClock,
    });
    const embedders = () => Promise.reject(new Error('nobody embeds here'));
    return createSdkProvider({ connection, models, embedders, clock: nodeClock, log: createErrorLog() });
  }

  return {
    async cell(subject) {
      const provider = made.get(subject.name) ?? make(subject);
      made.set(subject.name, provider);
      return createCell(subject, server, await provider);
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function createCell(subject: Subject, server: ScriptedProvider, provider: Provider): Cell {
  const { fixture } = subject;
  const cell: Cell = {
    ...{ subject, server, provider },
    whole: (said, changes) => cell.reply({ body: fixture.whole(said) }, 'whole', changes),
    streamed: (said, changes) => cell.reply({ body: fixture.stream(said) }, 'streamed', changes),
    async both(said, changes) {
      return [await cell.whole(said, changes), await cell.streamed(said, changes)];
    },
    async reply(reply, how, changes) {
      server.reset();
      const before = server.requests.length;
      server.always(reply);
      const request = question({ modelSlug: subject.model, ...changes });
      const stream = how === 'streamed' ? await readAll(provider.stream(request, nobodyLeaves())) : undefined;
      const result = stream?.result ?? (await provider.call(request, nobodyLeaves()));
      const sent = server.requests[before];
      const asked = sent === undefined ? null : fixture.read(sent);
      return { result, asked, ...(stream !== undefined && { stream }) };
    },
  };
  return cell;
}

let keyFile: string | undefined;

/** A service account of Google's, made once: keys take long. */
export function serviceAccount(): string {
  return (keyFile ??= makeKeyFile());
}

function makeKeyFile(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    ...{ type: 'service_account', client_email: 'us@acme.iam.gserviceaccount.com' },
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
}

function connectionOf({ adapter, apiVersion }: Subject, baseUrl: string): SdkConnection {
  const isVertex = adapter === 'google-vertex';
  const settings = {
    ...noSettings,
    apiVersion: apiVersion ?? null,
    ...(adapter === 'amazon-bedrock' && { region: 'eu-central-1' }),
    ...(isVertex && { region: 'europe-west4', project: 'acme-ai' }),
  };
  return {
    ...{ slug: 'them', adapter, settings },
    baseUrl: adapter === 'azure' ? baseUrl.replace(/\/v1$/, '') : baseUrl,
    credential: isVertex ? serviceAccount() : 'k',
  };
}
