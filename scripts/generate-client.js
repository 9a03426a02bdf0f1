// After an installation: makes the database client out of prisma/schema.prisma, saying nothing when all is well.
// In plain JavaScript, because a package manager may run it with any Node.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const prisma = fileURLToPath(new URL('../node_modules/prisma/build/index.js', import.meta.url));
const schema = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url));

// An image may install its packages before it has the schema, or copy a client that is generated already.
if (existsSync(prisma) && existsSync(schema)) {
  const run = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
    cwd: root,
    encoding: 'utf8',
    // No question to the maker's server whether a newer version exists.
    env: { ...process.env, CHECKPOINT_DISABLE: '1' },
  });
  if (run.status !== 0) {
    console.error(run.stdout, run.stderr, run.error ?? '');
    process.exit(1);
  }
}
