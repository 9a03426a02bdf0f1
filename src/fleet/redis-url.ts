/** Where a Redis, or a sentinel, listens. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** How a server is told who asks; a user without a password is none. */
export interface RedisCredentials {
  readonly username?: string;
  readonly password: string;
}

interface Shared {
  /** To every server, sentinels included. */
  readonly tls: boolean;
  readonly credentials: RedisCredentials | null;
}

/** What REDIS_URL names. */
export type RedisTarget = Shared &
  (
    | { readonly kind: 'single'; readonly address: RedisAddress; readonly database: number }
    /** Some of the cluster's nodes, any of which knows the others. */
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[] }
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly RedisAddress[];
        readonly masterName: string;
        readonly database: number;
        readonly sentinelCredentials: RedisCredentials | null;
      }
  );

/** Why a text is no Redis URL, each with what to tell whoever wrote it: sentences that repeat nothing of a secret. */
export const redisUrlIssues = {
  SCHEME: 'it begins with none of redis://, rediss://, redis+sentinel:// and rediss+sentinel://',
  MIXED: 'the servers of a list differ in scheme, credentials or database',
  ENCODING: 'a name or password holds a percent sign that encodes nothing (write %25)',
  PASSWORD: 'there is a user name without a password',
  HOST: 'a host is no name, no IPv4 address and no IPv6 address in brackets',
  PORT: 'a port is no whole number from 1 to 65535',
  DATABASE: 'the database is no whole number from 0 to 9999 (a cluster has database 0 alone)',
  MASTER: 'the path of redis+sentinel:// is not /master or /master/database',
  PARAMETER:
    'there is a query or fragment (only sentinelPassword and sentinelUsername are known, of sentinels)',
} as const;

/** The name of an issue. */
export type RedisUrlIssue = keyof typeof redisUrlIssues;

/** The target that a text names, or the first reason why it names none. */
export type ParsedRedisUrl = { readonly target: RedisTarget } | { readonly issue: RedisUrlIssue };

const schemes: Readonly<Record<string, { readonly tls: boolean; readonly sentinel: boolean }>> = {
  redis: { tls: false, sentinel: false },
  rediss: { tls: true, sentinel: false },
  'redis+sentinel': { tls: false, sentinel: true },
  'rediss+sentinel': { tls: true, sentinel: true },
};

/** A URL, or what follows a comma: `scheme://userinfo@hosts/path?query`, all but the hosts optional. */
const shape =
  /^(?:(?<scheme>[a-z+]+):\/\/)?(?:(?<userinfo>[^/?#]*)@)?(?<hosts>[^/?#@]*)(?:\/(?<path>[^?#]*))?(?<query>[?#].*)?$/s;

/** A comma that no `@` follows, or that a scheme follows: others belong to a password. */
const separator = /,(?=[a-z+]+:\/\/|[^@]*$)/;

const standardPorts = { server: 6379, sentinel: 26_379 } as const;

/**
 * Reads `redis://` and `rediss://` (TLS): one server, or a list by commas for a cluster, whose later members may be
 * whole URLs or `host:port`; and `redis+sentinel://host:port,host:port/master/database`. Stricter than URLs are, so
 * that a text has one reading; names and passwords may be percent-encoded.
 */
export function parseRedisUrl(text: string): ParsedRedisUrl {
  try {
    return { target: readTarget(text) };
  } catch (error) {
    if (error instanceof Issue) return { issue: error.issue };
    throw error;
  }
}

/** Leaves the reading of a text at its first issue; never leaves this file. */
class Issue extends Error {
  readonly issue: RedisUrlIssue;
  constructor(issue: RedisUrlIssue) {
    super(issue);
    this.issue = issue;
  }
}

interface Part {
  readonly scheme?: string;
  readonly userinfo?: string;
  readonly hosts: string;
  readonly path?: string;
  readonly query?: string;
}

function readTarget(text: string): RedisTarget {
  const [first, ...others] = text.split(separator).map(readPart);
  const { tls, sentinel } = schemes[first?.scheme ?? ''] ?? fail('SCHEME');
  if (first === undefined) return fail('SCHEME');
  const parts = [first, ...others];
  // What the whole list shares may stand in any of its members, but not twice and differently.
  const only = (field: 'scheme' | 'userinfo' | 'path' | 'query') => {
    const [value, ...more] = new Set(parts.flatMap((part) => part[field] || []));
    return more.length > 0 ? fail('MIXED') : (value ?? '');
  };
  only('scheme');
  const port = sentinel ? standardPorts.sentinel : standardPorts.server;
  const addresses = parts.map(({ hosts }) => readAddress(hosts, port));
  const shared = { tls, credentials: readCredentials(only('userinfo')) };
  if (sentinel) {
    return {
      ...shared,
      kind: 'sentinel',
      sentinels: addresses,
      ...readMaster(only('path')),
      ...readQuery(only('query')),
    };
  }
  if (only('query') !== '') return fail('PARAMETER');
  const database = readDatabase(only('path'));
  const [address, ...more] = addresses;
  if (address !== undefined && more.length === 0) return { ...shared, kind: 'single', address, database };
  return database === 0 ? { ...shared, kind: 'cluster', nodes: addresses } : fail('DATABASE');
}

function readPart(text: string): Part {
  const groups = shape.exec(text)?.groups as Part | undefined;
  return groups ?? fail('HOST');
}

function readAddress(text: string, standardPort: number): RedisAddress {
  const found = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>.*))?$/is.exec(text)?.groups;
  const host = found?.['v6'] ?? found?.['name'] ?? fail('HOST');
  const port = found?.['port'] ?? String(standardPort);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return fail('PORT');
  return { host, port: Number(port) };
}

function readCredentials(userinfo: string): RedisCredentials | null {
  if (userinfo === '') return null;
  const [username = '', ...rest] = userinfo.split(':');
  return credentials(decode(username), decode(rest.join(':')));
}

function credentials(username: string, password: string): RedisCredentials | null {
  if (password === '') return username === '' ? null : fail('PASSWORD');
  return username === '' ? { password } : { username, password };
}

function readMaster(path: string): { masterName: string; database: number } {
  const [name = '', database = '', ...rest] = path.split('/');
  const masterName = decode(name);
  if (!/^[^\s\p{Cc}]+$/u.test(masterName) || rest.length > 0) return fail('MASTER');
  return { masterName, database: readDatabase(database) };
}

function readDatabase(text: string): number {
  return /^\d{0,4}$/.test(text) ? Number(text) : fail('DATABASE');
}

function readQuery(query: string): { sentinelCredentials: RedisCredentials | null } {
  const found = { sentinelUsername: '', sentinelPassword: '' };
  for (const pair of query === '' ? [] : query.slice(1).split('&')) {
    const [name = '', ...value] = pair.split('=');
    if (!query.startsWith('?') || !Object.hasOwn(found, name)) return fail('PARAMETER');
    found[name as keyof typeof found] = decode(value.join('='));
  }
  return { sentinelCredentials: credentials(found.sentinelUsername, found.sentinelPassword) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail('ENCODING');
  }
}

function fail(issue: RedisUrlIssue): never {
  throw new Issue(issue);
}
