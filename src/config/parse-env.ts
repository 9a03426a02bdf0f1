import type { Config, Environment } from './config.ts';
import { nearest } from '../system/nearest.ts';
import { variables, type Variable } from './variables.ts';

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
  const config: Config = {
    http: { host: read(variables.host), port: read(variables.port) },
    redisPrefix: read(variables.redisPrefix),
    dataDir: read(variables.dataDir),
    catalogPath: read(variables.catalogPath),
    credentialsDir: read(variables.credentialsDir),
    attemptTimeoutMs: read(variables.attemptTimeoutMs),
    firstTokenTimeoutMs: read(variables.firstTokenTimeoutMs),
    stallTimeoutMs: read(variables.stallTimeoutMs),
    breakers: {
      threshold: read(variables.breakerThreshold),
      windowMs: read(variables.breakerWindowMs),
      coolOffMs: read(variables.breakerCoolOffMs),
      maxCoolOffMs: read(variables.breakerMaxCoolOffMs),
    },
    log: { level: read(variables.logLevel) },
    secrets: {
      databaseUrl: read(variables.databaseUrl),
      redisUrl: read(variables.redisUrl),
      adminKey: read(variables.adminKey),
    },
  };
  const { coolOffMs, maxCoolOffMs } = config.breakers;
  if (maxCoolOffMs < coolOffMs) {
    problems.push(
      `${variables.breakerMaxCoolOffMs.name} must be at least ${variables.breakerCoolOffMs.name} (${coolOffMs}), not ${maxCoolOffMs}`,
    );
  }
  return problems.length === 0 ? { config } : { problems };
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
