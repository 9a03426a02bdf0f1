import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSpoolFile } from '../../../src/audit/spool-file.node.ts';
import { openSpool } from '../../../src/audit/spool.service.ts';
import { nodeSha256 as sha256 } from '../../../src/system/digest.node.ts';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { createTenant, issueKey } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { startServer } from '../../support/servers/server.ts';

it('a server whose spool holds what nobody can record starts, records new calls, and says so to operators', async () => {
  await using dataDir = await createDataDir('migrated');
  {
    await using file = await openSpoolFile(join(dataDir.path, 'spool'));
    await using spool = await openSpool({ file, sha256, log: silentLog });
    await spool.append([
      new TextEncoder().encode('{"kind":"decided","draft":{"tenantId":"\\u0000"},"row":{}}'),
    ]);
  }
  for (const start of ['first', 'second']) {
    await using server = await startServer({ SWITCHYARD_DATA_DIR: dataDir.path });
    const setAside = () => server.field('recordsSetAside', '{ recordsSetAside }');
    await expect.poll(setAside, { timeout: 20_000 }).toBe(1);
    const recorded = async () =>
      await route(server, { models: ['simulated/steady'] }).then(({ degraded }) => degraded);
    await expect.poll(recorded, { timeout: 20_000 }).toEqual([]);
    const ready = await fetch(`${server.url}/readyz`);
    const warnings = ['Records that the database refuses are set aside: 1.'];
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', warnings }]);

    const { id: tenantId } = await createTenant(server, start);
    const { text } = await issueKey(server, { tenantId });
    const answer = await server.ask('{ recordsSetAside }', {}, text);
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  }
});
