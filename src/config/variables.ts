import type { ListedHosts } from '../catalog/credential-hosts.ts';
import { CREDENTIAL_HOSTS_FORM, parseCredentialHosts } from './credential-hosts.ts';
import { logLevels, type LogLevel } from '../system/log.ts';
import { edgeVariables } from './edge-variables.ts';
import { isMistyped } from '../tenants/api-key.ts';
import { jwtVariables } from './jwt-variables.ts';
import { storeVariables } from './store-variables.ts';
import { accessVariables } from './access-variables.ts';
import { integer, onOrOff, path, usd, type Variable } from './variable.ts';

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

const workers: Variable<number> = {
  name: 'SWITCHYARD_WORKERS',
  fallback: 1,
  ...integer(1, 64),
  meaning:
    'How many processes share the port, each on a processor of its own; more than one needs `DATABASE_URL`.',
  secret: false,
};

const adminKey: Variable<string | null> = {
  name: 'SWITCHYARD_ADMIN_KEY',
  fallback: null,
  fallbackMeaning: 'generated and printed once',
  allowed: 'at least 16 printable ASCII characters without spaces',
  meaning: 'The first key with the role ADMIN.',
  secret: true,
  flaw: (text) =>
    isMistyped(text) ? 'it looks like an issued key, and its checksum does not fit' : undefined,
  parse: (text) => (/^[!-~]{16,}$/.test(text) && !isMistyped(text) ? text : undefined),
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

const credentialHosts: Variable<ListedHosts> = {
  name: 'SWITCHYARD_CREDENTIAL_HOSTS',
  fallback: new Map(),
  fallbackMeaning: 'those of the catalog file and the built-in catalog',
  allowed: CREDENTIAL_HOSTS_FORM,
  meaning:
    'Where further credentials may be sent, such as ACME_API_KEY=api.acme.example,10.0.0.7:8000. The API can use no other.',
  secret: false,
  parse: parseCredentialHosts,
};

const privateAddresses: Variable<boolean> = {
  name: 'SWITCHYARD_PRIVATE_ADDRESSES',
  fallback: true,
  fallbackMeaning: 'on',
  ...onOrOff(),
  meaning: 'Whether providers may be on this machine or in a private network; off closes those addresses.',
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

const probes: Variable<boolean> = {
  name: 'SWITCHYARD_PROBES',
  fallback: true,
  fallbackMeaning: 'on',
  ...onOrOff(),
  meaning:
    'Whether models are probed with a short prompt, so that their condition is known before users meet it.',
  secret: false,
};

const probeIntervalMs: Variable<number | null> = {
  name: 'SWITCHYARD_PROBE_INTERVAL_MS',
  fallback: null,
  fallbackMeaning:
    '30000 for models that cost nothing; others seldom enough that all together cost less than 1 USD a month',
  ...integer(100, 86_400_000),
  meaning: 'How often each model is probed that the catalog says nothing of, in milliseconds.',
  secret: false,
};

const probeMaxMicroUsdPerHour: Variable<number> = {
  name: 'SWITCHYARD_PROBE_MAX_USD_PER_HOUR',
  fallback: 100_000,
  fallbackMeaning: '0.10',
  ...usd(1_000),
  meaning: 'What the probes of all instances may cost together in any hour, in USD.',
  secret: false,
};

const healthRetentionDays: Variable<number> = {
  name: 'SWITCHYARD_HEALTH_RETENTION_DAYS',
  fallback: 30,
  ...integer(1, 3_650),
  meaning: 'How many days health checks are kept.',
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
  ...storeVariables,
  workers,
  adminKey,
  catalogPath,
  credentialsDir,
  credentialHosts,
  privateAddresses,
  attemptTimeoutMs,
  firstTokenTimeoutMs,
  stallTimeoutMs,
  breakerThreshold,
  breakerWindowMs,
  breakerCoolOffMs,
  breakerMaxCoolOffMs,
  probes,
  probeIntervalMs,
  probeMaxMicroUsdPerHour,
  healthRetentionDays,
  logLevel,
  ...edgeVariables,
  ...accessVariables,
  ...jwtVariables,
} as const;
