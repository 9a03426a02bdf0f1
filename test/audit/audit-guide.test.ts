import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { canonicalize } from '../../src/audit/canonical.ts';
import { entryHash, genesisHead } from '../../src/audit/chain.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';

const guide = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
const [, script = '', printed = ''] = /```sh\n(.*?)```\n\n```\n(.*?)```/s.exec(guide) ?? [];
const valueOf = (name: string) => new RegExp(`^${name}='?(.*?)'?$`, 'm').exec(script)?.[1] ?? '';

test('the worked example of the audit guide prints what it says, and what the code makes of it', () => {
  const run = spawnSync('sh', ['-eu', '-c', script], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(run.stdout).toBe(printed);

  let head = genesisHead(nodeSha256, valueOf('tenant'));
  const hashes = [toHex(head.hash)];
  for (const name of ['canonical1', 'canonical2']) {
    const canonical = valueOf(name);
    expect(canonicalize(JSON.parse(canonical) as never)).toBe(canonical);
    head = { ...head, seq: head.seq + 1, hash: entryHash(nodeSha256, head, canonical) };
    hashes.push(toHex(head.hash));
  }
  expect(printed.trim().split('\n')).toEqual(hashes);
});
