/** What a connection string asks for beside what the driver reads from it. */
export interface PostgresUrl {
  /** The schema that holds the product's tables. */
  readonly schema: string;
  /** Parameters, by their names, that other programs heed and this one has no use for. */
  readonly idle: readonly string[];
}

/** Those that the driver, or `readPostgresUrl`, heeds. */
const HEEDED = [
  'schema',
  'host',
  'port',
  'user',
  'password',
  'ssl',
  'sslmode',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslnegotiation',
  'uselibpqcompat',
  'application_name',
  'fallback_application_name',
  'client_encoding',
  'options',
];

/** Those of libpq, Prisma's older engines and hosting services without which a connection is no less right. */
const IDLE = [
  'connect_timeout',
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'max_idle_connection_lifetime',
  'max_connection_lifetime',
  'statement_cache_size',
  'pgbouncer',
  'channel_binding',
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'sslpassword',
  'supa',
];

/** Postgres cuts longer names off. */
const MAX_NAME_BYTES = 63;

/** Reads a connection string, or says what is wrong with it: a sentence that repeats no value. */
export function readPostgresUrl(text: string): PostgresUrl | { readonly flaw: string } {
  const url = URL.parse(text);
  if (url === null) return { flaw: 'it is no URL' };
  const names = [...new Set(url.searchParams.keys())];
  const unknown = names.find((name) => !HEEDED.includes(name) && !IDLE.includes(name));
  if (unknown !== undefined) return { flaw: `it has a parameter that is not known, ${shown(unknown)}` };
  if (/search_path/i.test(url.searchParams.get('options') ?? '')) {
    return {
      flaw: 'the tables’ schema is chosen by the parameter schema, not by a search_path among the options',
    };
  }
  const [schema = 'public', ...others] = url.searchParams.getAll('schema');
  if (others.length > 0) return { flaw: 'it names more than one schema' };
  const isName =
    schema !== '' && !/[\0"]/.test(schema) && new TextEncoder().encode(schema).length <= MAX_NAME_BYTES;
  if (!isName || /^pg_/i.test(schema)) {
    return { flaw: `schema must be the name of a schema, of at most ${MAX_NAME_BYTES} bytes` };
  }
  return { schema, idle: names.filter((name) => IDLE.includes(name)) };
}

/** A name that somebody has written, as far as it is one. */
function shown(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? name : 'whose name is none';
}
