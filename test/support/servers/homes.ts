import { inject } from 'vitest';
import type { Environment } from '../../../src/config/config.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createDataDir, createPostgresDatabase } from '../databases/fresh-databases.ts';
import { silentLog } from '../logs/silent-log.ts';

/** Where one server after the other keeps its data. */
export interface Home extends AsyncDisposable {
  readonly environment: Environment;
  /** The database itself, to look at when no server runs. */
  open(): Promise<Database>;
}

/** A suite's two kinds of home, for `describe.for`; without a Postgres there is one. */
export const homes: readonly { readonly kind: Database['kind']; readonly prepare: () => Promise<Home> }[] =
  inject('postgres') === null
    ? [{ kind: 'embedded', prepare: () => prepare('embedded') }]
    : [
        { kind: 'embedded', prepare: () => prepare('embedded') },
        { kind: 'postgres', prepare: () => prepare('postgres') },
      ];

async function prepare(kind: Database['kind']): Promise<Home> {
  await using stack = new AsyncDisposableStack();
  const dataDir = stack.use(await createDataDir(kind === 'embedded' ? 'migrated' : 'empty')).path;
  const url = kind === 'postgres' ? stack.use(await createPostgresDatabase()).url : undefined;
  const owned = stack.move();
  return {
    environment: { SWITCHYARD_DATA_DIR: dataDir, DATABASE_URL: url },
    open: () => openDatabase({ url, dataDir, log: silentLog }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
