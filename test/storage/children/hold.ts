// Opens the embedded database in the directory named, says what came of it, and inserts rows for as long as it
// lives, naming each once it is acknowledged.
import { randomUUID } from 'node:crypto';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { silentLog } from '../../support/logs/silent-log.ts';

const [dataDir = ''] = process.argv.slice(2);
try {
  const { prisma } = await openDatabase({ url: undefined, dataDir, processId: process.pid, log: silentLog });
  console.log('open');
  for (;;) {
    const id = randomUUID();
    await prisma.tenant.create({ data: { id, slug: `t-${id}`, name: 'Tenant' } });
    console.log(id);
  }
} catch (error) {
  console.log(String(error));
  process.exit(1);
}
