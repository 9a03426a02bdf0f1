import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Sockets } from '../system/resources/sockets.ts';
import type { Timers } from '../system/timers.ts';
import { noSettings, settingNames } from './adapter-settings.ts';
import type { OutboundRule } from './base-url.ts';
import { createPooledFetch } from './transport/fetch.undici.ts';
import { embeddersOf } from './ai-sdk/embed/embedder.ai-sdk.ts';
import { loadModels } from './ai-sdk/models.ai-sdk.ts';
import { createSdkProvider } from './ai-sdk/provider.ai-sdk.ts';
import { createSimulatedProvider } from './simulated/provider.simulated.ts';
import type { Provider, ProviderConnection, ProviderFactory, SdkConnection } from './provider.ts';

/** What providers need from the world. */
export interface ProviderFactoryParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly outbound: OutboundRule;
  /** Among which those to providers are counted. */
  readonly sockets: Sockets;
}

interface MadeProvider {
  readonly connection: ProviderConnection;
  readonly provider: Promise<Provider>;
}

/**
 * Makes providers over one shared pool of connections. One instance is kept per slug; a changed connection makes
 * a new one, while calls of the old one end in peace.
 */
export function createProviderFactory(parts: ProviderFactoryParts): ProviderFactory {
  const { clock, timers, random, log } = parts;
  const pool = createPooledFetch(parts.sockets.providers, parts.outbound);
  const made = new Map<string, MadeProvider>();

  const make = async (connection: ProviderConnection): Promise<Provider> => {
    if (!isSdkConnection(connection)) return createSimulatedProvider(connection, { clock, timers, random });
    return createSdkProvider({
      connection,
      models: await loadModels(connection, { pool, timers, clock }),
      embedders: embeddersOf(connection, { pool, timers, clock }),
      clock,
      log,
    });
  };

  return {
    provider(connection) {
      const present = made.get(connection.slug);
      if (present !== undefined && isSame(present.connection, connection)) return present.provider;
      const provider = make(connection);
      made.set(connection.slug, { connection, provider });
      return provider;
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

function isSdkConnection(connection: ProviderConnection): connection is SdkConnection {
  return connection.adapter !== 'simulated';
}

function isSame(a: ProviderConnection, b: ProviderConnection): boolean {
  const [one = noSettings, other = noSettings] = [a.settings, b.settings];
  return (
    a.adapter === b.adapter &&
    a.baseUrl === b.baseUrl &&
    a.credential === b.credential &&
    settingNames.every((name) => one[name] === other[name])
  );
}
