import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openSpoolFile } from '../../../src/audit/spool-file.node.ts';
import { openSpool } from '../../../src/audit/spool.service.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { nodeSha256 as sha256 } from '../../../src/system/digest.node.ts';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { startChild } from '../../support/servers/child-process.ts';

const pathOf = (program: string) => fileURLToPath(new URL(`../../${program}`, import.meta.url));

it('the embedded database keeps every acknowledged row, and its directory usable, when its process is killed', async () => {
  await using dataDir = await createDataDir();
  const acknowledged: string[] = [];
  {
    await using holder = startChild(pathOf('storage/children/hold.ts'), [dataDir.path]);
    expect((await holder.lines.next()).value).toBe('open');
    while (acknowledged.length < 50) acknowledged.push((await holder.lines.next()).value as string);
  }
  await using database = await openDatabase({ url: undefined, dataDir: dataDir.path, log: silentLog });
  const stored = new Set((await database.prisma.tenant.findMany()).map(({ id }) => id));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
});

it('the spool keeps every record that was said to be durable when its process is killed at any moment', async () => {
  const root = await mkdtemp(join(tmpdir(), 'switchyard-spool-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const directory = join(root, 'spool');
  await using writer = startChild(pathOf('audit/children/append-forever.ts'), [directory]);
  let durable = -1;
  for await (const line of writer.lines) {
    durable = Number(line);
    if (durable > 1000) void writer.kill();
  }
  await writer.kill();
  await using file = await openSpoolFile(directory);
  const spool = await openSpool({ file, sha256, log: silentLog });
  const ids = (await spool.peek(1_000_000)).records.map((bytes) =>
    Number.parseInt(new TextDecoder().decode(bytes)),
  );
  expect(ids).toEqual(Array.from(ids, (_, index) => index));
  expect(ids.length).toBeGreaterThan(durable);
});
