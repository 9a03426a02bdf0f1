import { parseEnv } from '../config/parse-env.ts';
import { openDatabase } from '../storage/open-database.ts';
import { createPinoLog } from '../system/log.pino.ts';
import { StartError } from '../system/start-error.ts';
import type { ProcessContext } from './process-context.ts';

/**
 * `npm run migrate`: applies the migrations that the database lacks, gives the user that serves its rights, and ends:
 * for those who keep the owner's URL from the servers. Returns the exit code.
 */
export async function migrate({ env, id, isTerminal }: ProcessContext): Promise<number> {
  const parsed = parseEnv(env);
  if ('problems' in parsed) {
    for (const problem of parsed.problems) console.error(problem);
    return 2;
  }
  const { dataDir, secrets } = parsed.config;
  const log = createPinoLog(parsed.config.log.level, isTerminal);
  if (secrets.databaseUrl === null) {
    log.error(
      'There is nothing to migrate without DATABASE_URL: the embedded database is migrated at start.',
    );
    return 2;
  }
  try {
    await using _database = await openDatabase({
      url: secrets.databaseUrl,
      ownerUrl: secrets.migrationDatabaseUrl ?? undefined,
      dataDir,
      processId: id,
      log,
    });
    return 0;
  } catch (err) {
    if (!(err instanceof StartError)) throw err;
    log.error(`The database was not migrated. ${err.message}`);
    return err.exitCode;
  }
}
