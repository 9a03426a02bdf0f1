import { DEFAULT_PREFIX, PREFIX_PATTERN } from '../fleet/keyspace.ts';
import { readPostgresUrl } from '../storage/postgres-url.ts';
import { parseRedisUrl, redisUrlIssues } from '../fleet/redis-url.ts';
import { logLevels, type LogLevel } from '../system/log.ts';

/** One environment variable: the only place that knows its name, its default and what it may hold. */
export interface Variable<T> {
  readonly name: string;
  /** The value when the variable is absent or empty. */
  readonly fallback: T;
  /** What the absence of a value means, where `fallback` itself does not say it. */
  readonly fallbackMeaning?: string;
  /** Completes the sentence "NAME must be …". */
  readonly allowed: string;
  /** One sentence for the configuration's readers. */
  readonly meaning: string;
  /** Its value never appears in messages or descriptions. */
  readonly secret: boolean;
  /** What is wrong with a text that is not allowed, where it can be said; repeats nothing of it. */
  flaw?(text: string): string | undefined;
  /** The value that `text` (not empty) stands for, or undefined when it is not allowed. */
  parse(text: string): T | undefined;
}

const port: Variable<number> = {
  name: 'PORT',
  fallback: 4000,
  ...integer(0, 65_535),
  meaning: 'The port of HTTP and WebSocket; 0 takes any free one.',
  secret: false,
};

const host: Variable<string> = {
  name: 'HOST',
  fallback: '127.0.0.1',
  allowed: 'a host name or an IP address',
  meaning: 'The address to listen on; 0.0.0.0 listens on all.',
  secret: false,
  parse: (text) => (/^[\w.:-]+$/.test(text) ? text : undefined),
};

const databaseUrl: Variable<string | null> = {
  name: 'DATABASE_URL',
  fallback: null,
  fallbackMeaning: 'embedded Postgres in the data directory',
  allowed: 'a URL that begins with postgres:// or postgresql://',
  meaning: 'Postgres 14 or later.',
  secret: true,
  flaw(text) {
    if (!isPostgres(text)) return undefined;
    const read = readPostgresUrl(text);
    return 'flaw' in read ? read.flaw : undefined;
  },
  parse: (text) => (isPostgres(text) && !('flaw' in readPostgresUrl(text)) ? text : undefined),
};

const isPostgres = (text: string) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '');

const redisUrl: Variable<string | null> = {
  name: 'REDIS_URL',
  fallback: null,
  fallbackMeaning: 'instances learn of changes by polling',
  allowed:
    'a URL that begins with redis:// or rediss:// (TLS), where a list by commas names nodes of a cluster, or redis+sentinel://host:port,host:port/master',
  meaning: 'Redis or Valkey 7 or later, through which instances hear of changes and share quotas.',
  secret: true,
  flaw(text) {
    const parsed = parseRedisUrl(text);
    return 'issue' in parsed ? redisUrlIssues[parsed.issue] : undefined;
  },
  parse: (text) => ('issue' in parseRedisUrl(text) ? undefined : text),
};

const redisPrefix: Variable<string> = {
  name: 'SWITCHYARD_REDIS_PREFIX',
  fallback: DEFAULT_PREFIX,
  allowed: '1 to 64 letters, digits, dots, colons, hyphens and underscores',
  meaning:
    'How the names of all keys and channels in Redis begin: keeps two installations on one Redis apart.',
  secret: false,
  parse: (text) => (PREFIX_PATTERN.test(text) ? text : undefined),
};

const dataDir: Variable<string> = {
  name: 'SWITCHYARD_DATA_DIR',
  fallback: '.switchyard',
  ...path('a directory'),
  meaning: 'Holds the embedded database, the audit spool and the generated admin key.',
  secret: false,
};

const adminKey: Variable<string | null> = {
  name: 'SWITCHYARD_ADMIN_KEY',
  fallback: null,
  fallbackMeaning: 'generated and printed once',
  allowed: 'at least 16 printable ASCII characters without spaces',
  meaning: 'The first key with the role ADMIN.',
  secret: true,
  parse: (text) => (/^[!-~]{16,}$/.test(text) ? text : undefined),
};

const catalogPath: Variable<string | null> = {
  name: 'SWITCHYARD_CATALOG',
  fallback: null,
  fallbackMeaning: 'the built-in catalog',
  ...path('the path of a YAML or JSON file'),
  meaning: 'Providers, models, prices and scores, applied at start when the file has changed.',
  secret: false,
};

const credentialsDir: Variable<string | null> = {
  name: 'SWITCHYARD_CREDENTIALS_DIR',
  fallback: null,
  fallbackMeaning: 'credentials come from environment variables alone',
  ...path('a directory'),
  meaning: 'Files named like the credentials that the catalog names, such as OPENAI_API_KEY.',
  secret: false,
};

const attemptTimeoutMs: Variable<number> = {
  name: 'SWITCHYARD_ATTEMPT_TIMEOUT_MS',
  fallback: 30_000,
  ...integer(100, 600_000),
  meaning: "The base of one attempt's limit in milliseconds; 20 ms are added per budgeted output token.",
  secret: false,
};

const firstTokenTimeoutMs: Variable<number> = {
  name: 'SWITCHYARD_FIRST_TOKEN_TIMEOUT_MS',
  fallback: 10_000,
  ...integer(100, 600_000),
  meaning:
    'How long a stream may take to its first token, in milliseconds; for models that set no limit themselves and do not reason.',
  secret: false,
};

const stallTimeoutMs: Variable<number> = {
  name: 'SWITCHYARD_STALL_TIMEOUT_MS',
  fallback: 15_000,
  ...integer(100, 600_000),
  meaning: 'How long a stream may be silent between two tokens, in milliseconds.',
  secret: false,
};

const breakerThreshold: Variable<number> = {
  name: 'SWITCHYARD_BREAKER_THRESHOLD',
  fallback: 5,
  ...integer(1, 100),
  meaning: 'So many failures in a row open a circuit breaker.',
  secret: false,
};

const breakerWindowMs: Variable<number> = {
  name: 'SWITCHYARD_BREAKER_WINDOW_MS',
  fallback: 60_000,
  ...integer(100, 86_400_000),
  meaning: 'The newest and the oldest of those failures lie at most this far apart, in milliseconds.',
  secret: false,
};

const breakerCoolOffMs: Variable<number> = {
  name: 'SWITCHYARD_BREAKER_COOL_OFF_MS',
  fallback: 60_000,
  ...integer(100, 86_400_000),
  meaning: 'How long a circuit breaker that opens lets nothing through, in milliseconds.',
  secret: false,
};

const breakerMaxCoolOffMs: Variable<number> = {
  name: 'SWITCHYARD_BREAKER_MAX_COOL_OFF_MS',
  fallback: 240_000,
  ...integer(100, 86_400_000),
  meaning: 'What failed probes may lengthen that to, each doubling it, in milliseconds.',
  secret: false,
};

const logLevel: Variable<LogLevel> = {
  name: 'SWITCHYARD_LOG_LEVEL',
  fallback: 'info',
  allowed: `one of ${logLevels.join(', ')}`,
  meaning: 'How much is logged: JSON lines, or lines for people on a terminal.',
  secret: false,
  parse: (text) => logLevels.find((level) => level === text),
};

/** Every variable that Switchyard reads, except providers' credentials, whose names the catalog chooses. */
export const variables = {
  port,
  host,
  databaseUrl,
  redisUrl,
  redisPrefix,
  dataDir,
  adminKey,
  catalogPath,
  credentialsDir,
  attemptTimeoutMs,
  firstTokenTimeoutMs,
  stallTimeoutMs,
  breakerThreshold,
  breakerWindowMs,
  breakerCoolOffMs,
  breakerMaxCoolOffMs,
  logLevel,
} as const;

/** Whole decimal numbers between two bounds, both allowed. */
function integer(least: number, most: number): Pick<Variable<number>, 'allowed' | 'parse'> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    parse(text) {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** Any text without control characters; whether something is there shows when it is opened. */
function path(allowed: string): Pick<Variable<string>, 'allowed' | 'parse'> {
  return { allowed, parse: (text) => (/^\P{Cc}+$/u.test(text) ? text : undefined) };
}
