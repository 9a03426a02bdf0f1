import type { Db, Tx } from '../storage/database.ts';
import type { ModelAlias } from './model.ts';

/** Every alias, in order of name. */
export async function loadAliases(db: Db): Promise<readonly ModelAlias[]> {
  const rows = await db.modelAlias.findMany();
  // Ordered here: a database orders texts by its own collation.
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Puts these in the place of all that there are. */
export async function replaceAliases(tx: Tx, aliases: readonly ModelAlias[]): Promise<void> {
  await tx.modelAlias.deleteMany();
  await tx.modelAlias.createMany({
    data: aliases.map(({ name, models }) => ({ name, models: [...models] })),
  });
}
