import { DEFAULT_PREFIX, PREFIX_PATTERN } from '../fleet/keyspace.ts';
import { parseRedisUrl, redisUrlIssues } from '../fleet/redis-url.ts';
import { path, postgresUrl, type Variable } from './variable.ts';

const databaseUrl: Variable<string | null> = {
  name: 'DATABASE_URL',
  fallback: null,
  fallbackMeaning: 'embedded Postgres in the data directory',
  ...postgresUrl(),
  meaning: 'Postgres 14 or later.',
  secret: true,
};

const migrationDatabaseUrl: Variable<string | null> = {
  name: 'SWITCHYARD_MIGRATION_DATABASE_URL',
  fallback: null,
  fallbackMeaning: 'the user of `DATABASE_URL` migrates',
  ...postgresUrl(),
  meaning:
    'The same database as the user that owns the tables: it migrates, and gives the user of `DATABASE_URL` the rights to serve.',
  secret: true,
};

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

/** Where an instance keeps what outlives it, and shares what others must know. */
export const storeVariables = { databaseUrl, migrationDatabaseUrl, redisUrl, redisPrefix, dataDir } as const;
