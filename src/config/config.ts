import type { LogLevel } from '../system/log.ts';

/** How this process runs, as its environment tells. */
export interface Config {
  readonly http: {
    readonly host: string;
    /** 0 lets the system choose a free one. */
    readonly port: number;
  };
  /** Where this instance keeps files of its own: the embedded database and generated keys. */
  readonly dataDir: string;
  /** How the names of this installation's keys and channels in Redis begin. */
  readonly redisPrefix: string;
  /** The catalog file to apply at start; null: the built-in catalog. */
  readonly catalogPath: string | null;
  /** A directory of mounted files, each named like the credential that it holds. */
  readonly credentialsDir: string | null;
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
  readonly log: { readonly level: LogLevel };
  readonly secrets: Secrets;
}

/** What must not be shown, logged or sent anywhere but where it is used. */
export interface Secrets {
  /** A Postgres URL, which may hold a password; null: the embedded database. */
  readonly databaseUrl: string | null;
  /** A Redis URL, which may hold a password; null: events stay in this process. */
  readonly redisUrl: string | null;
  /** The bootstrap key with the role ADMIN; null: one is generated. */
  readonly adminKey: string | null;
}

/** An environment, such as that of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;
