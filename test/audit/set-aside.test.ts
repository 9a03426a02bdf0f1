import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSetAside, SET_ASIDE_SIZES } from '../../src/audit/set-aside.service.ts';
import { openSpoolFile } from '../../src/audit/spool-file.node.ts';
import { openSpool } from '../../src/audit/spool.service.ts';
import { nodeSha256 as sha256 } from '../../src/system/digest.node.ts';
import { silentLog } from '../support/logs/silent-log.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('keeps what is set aside once, also of an earlier process, and counts it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'set-aside-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const [first, second] = [bytes('first'), bytes('second')];
  for (const [records, added, count] of [
    [[first, first], [first], 1],
    [[first, second], [second], 2],
    [[], [], 2],
  ] as const) {
    await using file = await openSpoolFile(root);
    await using spool = await openSpool({ file, sha256, log: silentLog, sizes: SET_ASIDE_SIZES });
    const aside = await openSetAside(spool, sha256);
    expect([...(await aside.keep(records))]).toEqual(added);
    expect(aside.count()).toBe(count);
    expect((await spool.peek(9)).records.map((record) => new TextDecoder().decode(record))).toHaveLength(
      count,
    );
  }
});
