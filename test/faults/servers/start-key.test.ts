import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { fieldOf, send } from '../../support/graphql/client.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { homes } from '../../support/servers/homes.ts';

// Starting processes takes long on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 120_000 });

const keysIn = (output: readonly string[]) =>
  output.filter((line) => /^ +swy_/.test(line)).map((line) => line.trim());

describe.for(homes)('a first start that fails ($kind)', ({ prepare }) => {
  it('leaves no admin key behind: the first that succeeds shows one, which is the only one', async () => {
    await using home = await prepare();
    await using files = await createDataDir('empty');
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const catalog = join(files.path, 'catalog.yaml');
    await writeFile(catalog, 'providers: [{ slug: "x y" }]');
    const environment = { ...home.environment, SWITCHYARD_ADMIN_KEY: undefined };
    const failing = [
      { PORT: String((taken.address() as AddressInfo).port) },
      { SWITCHYARD_CATALOG: catalog },
    ];
    for (const wrong of failing) {
      await using failed = startServerProcess({ ...environment, ...wrong });
      const { code, output } = await failed.ended;
      expect({ code, keys: keysIn(output) }).toEqual({ code: 1, keys: [] });
    }

    await using first = startServerProcess(environment);
    const url = await first.url();
    const [key, ...more] = keysIn(first.output);
    expect(more).toEqual([]);
    const query = '{ viewer { tenant { apiKeys { label revokedAt } } } }';
    expect(fieldOf(await send(url, key!, query), 'viewer')).toEqual({
      tenant: { apiKeys: [{ label: 'Bootstrap admin key', revokedAt: null }] },
    });

    first.signal('SIGTERM');
    await first.ended;
    await using second = startServerProcess(environment);
    await second.url();
    expect(keysIn(second.output)).toEqual([]);
  });
});
