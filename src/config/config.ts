import type { ListedHosts } from '../catalog/credential-hosts.ts';
import type { LogLevel } from '../system/log.ts';
import type { JwtSettings } from '../tenants/jwt/settings.ts';
import type { EdgeLimits } from './edge-limits.ts';

/** How this process runs, as its environment tells. */
export interface Config {
  readonly http: {
    readonly host: string;
    /** 0 lets the system choose a free one. */
    readonly port: number;
    /** Whether operations may ask for the schema. */
    readonly introspection: boolean;
    /** Whether browsers are served the explorer. */
    readonly explorer: boolean;
    /** Whose pages may ask from a browser: origins, or `*` for all. */
    readonly origins: readonly string[];
  };
  /** Where this instance keeps files of its own: the embedded database and generated keys. */
  readonly dataDir: string;
  /** How many processes share the port. */
  readonly workers: number;
  /** How the names of this installation's keys and channels in Redis begin. */
  readonly redisPrefix: string;
  /** The catalog file to apply at start; null: the built-in catalog. */
  readonly catalogPath: string | null;
  /** A directory of mounted files, each named like the credential that it holds. */
  readonly credentialsDir: string | null;
  /** Where credentials may be sent beside the places that catalogs give them. */
  readonly credentialHosts: ListedHosts;
  /** Whether providers may be on this machine or in a private network. */
  readonly privateAddresses: boolean;
  /** What an attempt may take before its output budget is added, for a model that sets no limit itself. */
  readonly attemptTimeoutMs: number;
  /** How long a stream may take to its first token; for models that set no limit themselves and do not reason. */
  readonly firstTokenTimeoutMs: number;
  /** How long a stream may be silent between two tokens. */
  readonly stallTimeoutMs: number;
  readonly breakers: {
    readonly threshold: number;
    readonly windowMs: number;
    readonly coolOffMs: number;
    /** At least `coolOffMs`. */
    readonly maxCoolOffMs: number;
  };
  /** What callers may hold and ask for, beside their quotas. */
  readonly edge: EdgeLimits;
  /** How models are probed, and how long what that shows is kept. */
  readonly probes: {
    readonly enabled: boolean;
    /** Of every model that the catalog says nothing of; null: not said. */
    readonly intervalMs: number | null;
    /** What all probes of the fleet may cost in any hour, integer micro-USD. */
    readonly capMicroUsd: number;
    readonly retentionDays: number;
  };
  /** How tokens are judged; null: there are API keys only. */
  readonly jwt: JwtSettings | null;
  readonly log: { readonly level: LogLevel };
  readonly secrets: Secrets;
}

/** What must not be shown, logged or sent anywhere but where it is used. */
export interface Secrets {
  /** A Postgres URL, which may hold a password; null: the embedded database. */
  readonly databaseUrl: string | null;
  /** The same Postgres as the user that owns the tables; null: the one of `databaseUrl` migrates. */
  readonly migrationDatabaseUrl: string | null;
  /** A Redis URL, which may hold a password; null: events stay in this process. */
  readonly redisUrl: string | null;
  /** The bootstrap key with the role ADMIN; null: one is generated. */
  readonly adminKey: string | null;
}

/** An environment, such as that of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;
