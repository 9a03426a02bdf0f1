import { parseNetwork, type Network } from './network.ts';
import { integer, type Variable } from './variable.ts';

const trustedProxies: Variable<readonly Network[]> = {
  name: 'SWITCHYARD_TRUSTED_PROXIES',
  fallback: [],
  fallbackMeaning: 'none: callers are known by the address that they connect from',
  allowed: 'a list of addresses and networks, by commas, such as 10.0.0.0/8,fd00::/8',
  meaning:
    'Proxies and load balancers whose X-Forwarded-For is believed, read from the right: limits by address are then those of whom they ask for.',
  secret: false,
  parse(text) {
    const networks = text.split(',').map((part) => parseNetwork(part.trim()));
    return networks.every((network) => network !== undefined) ? networks : undefined;
  },
};

const connectionsPerAddress: Variable<number> = {
  name: 'SWITCHYARD_MAX_CONNECTIONS_PER_ADDRESS',
  fallback: 2_000,
  ...integer(1, 1_000_000),
  meaning: 'Connections, or requests through a trusted proxy, that one address may have open.',
  secret: false,
};

const socketsPerKey: Variable<number> = {
  name: 'SWITCHYARD_MAX_SOCKETS_PER_KEY',
  fallback: 1_000,
  ...integer(1, 1_000_000),
  meaning: 'WebSockets that one API key may have open, on each instance.',
  secret: false,
};

const subscriptionsPerKey: Variable<number> = {
  name: 'SWITCHYARD_MAX_SUBSCRIPTIONS_PER_KEY',
  fallback: 2_000,
  ...integer(1, 1_000_000),
  meaning: 'Subscriptions that one API key may have open, over whichever transport, on each instance.',
  secret: false,
};

const requestsPerKey = perMinute(
  'SWITCHYARD_REQUESTS_PER_MINUTE_PER_KEY',
  6_000,
  'Operations other than `route`, `routeStream` and `vote` that one API key may ask for in any minute; each 20 000 characters of a request count as one more.',
);

const requestsPerAddress = perMinute(
  'SWITCHYARD_REQUESTS_PER_MINUTE_PER_ADDRESS',
  30_000,
  'The same from one address, whichever keys it uses.',
);

const failedKeysPerAddress = perMinute(
  'SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS',
  60,
  'Wrong keys that one address may present in any minute; beyond them only keys are admitted that were right from there before.',
);

const subscriptionStartsPerKey = perMinute(
  'SWITCHYARD_SUBSCRIPTIONS_PER_MINUTE_PER_KEY',
  3_000,
  'Subscriptions other than `routeStream` that one API key may start in any minute.',
);

const mutationsPerKey = perMinute(
  'SWITCHYARD_MUTATIONS_PER_MINUTE_PER_KEY',
  1_200,
  'Changes (mutations other than `route` and `vote`, each field) that one API key may make in any minute.',
);

/** What callers may hold at once, and how often they may ask. */
export const edgeVariables = {
  trustedProxies,
  connectionsPerAddress,
  socketsPerKey,
  subscriptionsPerKey,
  requestsPerKey,
  requestsPerAddress,
  failedKeysPerAddress,
  subscriptionStartsPerKey,
  mutationsPerKey,
} as const;

function perMinute(name: string, fallback: number, meaning: string): Variable<number> {
  return { name, fallback, ...integer(1, 1_000_000), meaning, secret: false };
}
