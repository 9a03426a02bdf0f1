import type { Config, Environment } from './config.ts';
import { readPostgresUrl } from '../storage/postgres-url.ts';
import { jwtProblems, readJwt } from './jwt-variables.ts';
import { nearest } from '../system/nearest.ts';
import type { EdgeLimits } from './edge-limits.ts';
import type { Variable } from './variable.ts';
import { variables } from './variables.ts';

/** Names with this beginning are Switchyard's alone, so one that is not known is a mistake. */
const OWN_PREFIX = 'SWITCHYARD_';

/**
 * The configuration that an environment asks for, or everything that is wrong with it at once: one sentence a
 * problem, which begins with the variable's name and never holds a secret's value. An empty value is an absent one.
 */
export function parseEnv(env: Environment): { config: Config } | { problems: readonly string[] } {
  const problems = unknownVariables(env);
  const read = <T>(variable: Variable<T>): T => {
    const text = env[variable.name];
    if (text === undefined || text === '') return variable.fallback;
    const value = variable.parse(text);
    if (value !== undefined) return value;
    const found = variable.secret ? '' : `, not ${JSON.stringify(text)}`;
    const flaw = variable.flaw?.(text);
    problems.push(`${variable.name} must be ${variable.allowed}${found}${flaw ? `: ${flaw}` : ''}`);
    return variable.fallback;
  };
  const config = configOf(read);
  problems.push(...databaseProblems(config.secrets), ...workerProblems(config), ...jwtProblems(env));
  const { coolOffMs, maxCoolOffMs } = config.breakers;
  if (maxCoolOffMs < coolOffMs) {
    problems.push(
      `${variables.breakerMaxCoolOffMs.name} must be at least ${variables.breakerCoolOffMs.name} (${coolOffMs}), not ${maxCoolOffMs}`,
    );
  }
  return problems.length === 0 ? { config } : { problems };
}

/** The owner's URL stands beside the one that is served from, and means the same tables. */
function databaseProblems({ databaseUrl, migrationDatabaseUrl }: Config['secrets']): string[] {
  if (migrationDatabaseUrl === null) return [];
  const name = variables.migrationDatabaseUrl.name;
  if (databaseUrl === null) return [`${name} must be absent where ${variables.databaseUrl.name} is`];
  const [schema, other] = [databaseUrl, migrationDatabaseUrl].map((url) => {
    const read = readPostgresUrl(url);
    return 'flaw' in read ? null : read.schema;
  });
  return schema === other ? [] : [`${name} must name the schema that ${variables.databaseUrl.name} names`];
}

function workerProblems({ workers, secrets }: Config): string[] {
  if (workers === 1 || secrets.databaseUrl !== null) return [];
  return [
    `${variables.workers.name} must be 1 where ${variables.databaseUrl.name} is absent: the embedded database serves one process`,
  ];
}

function readEdgeLimits(read: <T>(variable: Variable<T>) => T): EdgeLimits {
  return {
    trustedProxies: read(variables.trustedProxies),
    connectionsPerAddress: read(variables.connectionsPerAddress),
    socketsPerKey: read(variables.socketsPerKey),
    subscriptionsPerKey: read(variables.subscriptionsPerKey),
    perMinute: {
      requestsPerKey: read(variables.requestsPerKey),
      requestsPerAddress: read(variables.requestsPerAddress),
      failedKeysPerAddress: read(variables.failedKeysPerAddress),
      subscriptionsPerKey: read(variables.subscriptionStartsPerKey),
      mutationsPerKey: read(variables.mutationsPerKey),
    },
  };
}

/** The configuration, each part from its variable. */
function configOf(read: <T>(variable: Variable<T>) => T): Config {
  return {
    http: {
      host: read(variables.host),
      port: read(variables.port),
      introspection: read(variables.introspection),
      explorer: read(variables.explorer),
      origins: read(variables.corsOrigins),
    },
    redisPrefix: read(variables.redisPrefix),
    dataDir: read(variables.dataDir),
    workers: read(variables.workers),
    catalogPath: read(variables.catalogPath),
    credentialsDir: read(variables.credentialsDir),
    credentialHosts: read(variables.credentialHosts),
    privateAddresses: read(variables.privateAddresses),
    attemptTimeoutMs: read(variables.attemptTimeoutMs),
    firstTokenTimeoutMs: read(variables.firstTokenTimeoutMs),
    stallTimeoutMs: read(variables.stallTimeoutMs),
    breakers: {
      threshold: read(variables.breakerThreshold),
      windowMs: read(variables.breakerWindowMs),
      coolOffMs: read(variables.breakerCoolOffMs),
      maxCoolOffMs: read(variables.breakerMaxCoolOffMs),
    },
    probes: {
      enabled: read(variables.probes),
      intervalMs: read(variables.probeIntervalMs),
      capMicroUsd: read(variables.probeMaxMicroUsdPerHour),
      retentionDays: read(variables.healthRetentionDays),
    },
    edge: readEdgeLimits(read),
    jwt: readJwt(read),
    log: { level: read(variables.logLevel) },
    secrets: {
      databaseUrl: read(variables.databaseUrl),
      migrationDatabaseUrl: read(variables.migrationDatabaseUrl),
      redisUrl: read(variables.redisUrl),
      adminKey: read(variables.adminKey),
    },
  };
}

function unknownVariables(env: Environment): string[] {
  const known = Object.values(variables).map((variable) => variable.name);
  return Object.keys(env)
    .filter(
      (name) => name.startsWith(OWN_PREFIX) && !known.includes(name) && !isForOthers(name, env[name] ?? ''),
    )
    .sort()
    .map((name) => `${name} is not a variable of this release; did you mean ${likeliest(name, known)}?`);
}

/** What the guides have clients read from their environment, which is often that of the server as well. */
const CLIENT_VARIABLES: readonly string[] = ['SWITCHYARD_KEY', 'SWITCHYARD_URL'];

/** What Kubernetes and Docker tell every container of a service that is called `switchyard`. */
const SERVICE_VARIABLES =
  /^SWITCHYARD_(?:SERVICE_(?:HOST|PORT)(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_(?:PROTO|PORT|ADDR))?|NAME)$/;

function isForOthers(name: string, value: string): boolean {
  const isAddress = name === 'SWITCHYARD_PORT' && /^(?:tcp|udp):\/\//.test(value);
  return isAddress || CLIENT_VARIABLES.includes(name) || SERVICE_VARIABLES.test(name);
}

/** Some names have no prefix; of those that have one, the nearest. */
function likeliest(name: string, known: readonly string[]): string {
  const bare = name.slice(OWN_PREFIX.length);
  return known.includes(bare)
    ? bare
    : nearest(
        name,
        known.filter((each) => each.startsWith(OWN_PREFIX)),
      );
}
