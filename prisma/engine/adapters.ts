import { PGlite } from '@electric-sql/pglite';
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type ColumnType,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
  type Transaction,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { parse as parseArray } from 'postgres-array';
import { WireSocket } from '../../src/storage/embedded/wire-socket.ts';

const identity = { provider: 'postgres', adapterName: 'switchyard-schema-engine' } as const;

/**
 * How the schema engine reaches databases: the given one, or an empty one in memory when there is none; and as
 * many empty ones in memory as it wants to try migrations on. The product's own adapter will not do: it does not
 * know the types of Postgres' catalog, and cuts scripts at every semicolon, those inside functions included.
 */
export function createAdapterFactory(url: string | undefined): SqlMigrationAwareDriverAdapterFactory {
  return {
    ...identity,
    connect: () => (url === undefined ? inMemory() : open(new pg.Client({ connectionString: url }))),
    connectToShadowDb: inMemory,
  };
}

async function inMemory(): Promise<SqlDriverAdapter> {
  const database = await PGlite.create('memory://');
  const stream = () =>
    new WireSocket({
      reset: async () => {},
      exchange: (message) => database.execProtocolRaw(message),
      close: () => database.close(),
    });
  return open(new pg.Client({ user: 'postgres', database: 'postgres', ssl: false, stream }));
}

async function open(client: pg.Client): Promise<SqlDriverAdapter> {
  await client.connect();
  await client.query("SET TIME ZONE 'UTC'");
  const queryable = createQueryable(client);
  const run = async (sql: string) => void (await client.query(sql).catch(translate));
  return {
    ...queryable,
    executeScript: run,
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    dispose: () => client.end(),
    async startTransaction(): Promise<Transaction> {
      await run('BEGIN');
      const options = { usePhantomQuery: false };
      return { ...queryable, options, commit: () => run('COMMIT'), rollback: () => run('ROLLBACK') };
    },
  };
}

function createQueryable(client: pg.Client): SqlQueryable {
  const query = ({ sql, args }: SqlQuery) =>
    client.query({ text: sql, values: args, rowMode: 'array', types: { getTypeParser } }).catch(translate);
  return {
    ...identity,
    async queryRaw(request) {
      const { fields, rows } = await query(request);
      return {
        columnNames: fields.map((field) => field.name),
        columnTypes: fields.map((field) => columns.get(field.dataTypeID)?.type ?? ColumnTypeEnum.Text),
        rows: rows as unknown[][],
      };
    },
    executeRaw: async (request) => (await query(request)).rowCount ?? 0,
  };
}

interface Column {
  readonly type: ColumnType;
  readonly parse: (text: string) => unknown;
}

const asIs = (text: string) => text;
const numeric = (oid: number, type: ColumnType): [number, Column] => [oid, { type, parse: Number }];
const text = (oid: number, type: ColumnType): [number, Column] => [oid, { type, parse: asIs }];
const list = (oid: number, type: ColumnType, parse: (item: string) => unknown = asIs): [number, Column] => [
  oid,
  { type, parse: (value) => parseArray(value, parse) },
];

/** The types that the engine's questions about a schema are answered in, by their object identifiers. */
const columns = new Map<number, Column>([
  [16, { type: ColumnTypeEnum.Boolean, parse: (value) => value === 't' }],
  text(18, ColumnTypeEnum.Character),
  text(20, ColumnTypeEnum.Int64),
  numeric(21, ColumnTypeEnum.Int32),
  numeric(23, ColumnTypeEnum.Int32),
  text(26, ColumnTypeEnum.Int64),
  text(114, ColumnTypeEnum.Json),
  numeric(700, ColumnTypeEnum.Float),
  numeric(701, ColumnTypeEnum.Double),
  list(1000, ColumnTypeEnum.BooleanArray, (item) => item === 't'),
  list(1002, ColumnTypeEnum.CharacterArray),
  list(1003, ColumnTypeEnum.TextArray),
  list(1005, ColumnTypeEnum.Int32Array, Number),
  list(1007, ColumnTypeEnum.Int32Array, Number),
  list(1009, ColumnTypeEnum.TextArray),
  list(1016, ColumnTypeEnum.Int64Array),
  list(1028, ColumnTypeEnum.Int64Array),
  [
    1184,
    { type: ColumnTypeEnum.DateTime, parse: (value) => value.replace(' ', 'T').replace(/\+00$/, '+00:00') },
  ],
  text(1700, ColumnTypeEnum.Numeric),
  text(2950, ColumnTypeEnum.Uuid),
  text(3802, ColumnTypeEnum.Json),
]);

function getTypeParser(oid: number): (value: string) => unknown {
  return columns.get(oid)?.parse ?? asIs;
}

function translate(error: unknown): never {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { code = '', message, severity = '', detail, column, hint } = error;
  const original = { originalCode: code, originalMessage: message };
  if (code !== '42P01') {
    throw new DriverAdapterError({
      ...original,
      kind: 'postgres',
      code,
      severity,
      message,
      detail,
      column,
      hint,
    });
  }
  // The engine expects this one: the table of its bookkeeping is missing from a new database.
  throw new DriverAdapterError({
    ...original,
    kind: 'TableDoesNotExist',
    table: /"([^"]+)"/.exec(message)?.[1] ?? '',
  });
}
