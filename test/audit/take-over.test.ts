import { expect, it } from 'vitest';
import { openSpool } from '../../src/audit/spool.service.ts';
import { takeOver } from '../../src/audit/take-over.service.ts';
import { nodeSha256 as sha256 } from '../../src/system/digest.node.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { createSimulatedDisk } from './simulated-disk.ts';

const record = (id: number) => new TextEncoder().encode(String(id));
const idOf = (bytes: Uint8Array) => Number(new TextDecoder().decode(bytes));
const ids = Array.from({ length: 600 }, (_, index) => index);

async function openFull() {
  const spool = await openSpool({ file: createSimulatedDisk().open(), sha256, log: silentLog });
  await spool.append(ids.map(record));
  return spool;
}

it('all that waits in a spool is handed on in its order, and forgotten there', async () => {
  await using left = await openFull();
  const taken: number[] = [];
  expect(await takeOver(left, async (records) => void taken.push(...records.map(idOf)))).toBe(600);
  expect(taken).toEqual(ids);
  expect(left.isEmpty()).toBe(true);
});

it('what is not taken stays where it was', async () => {
  await using left = await openFull();
  const taken: number[] = [];
  const take = async (records: readonly Uint8Array[]) => {
    if (taken.length > 0) throw new Error('The disk is full');
    taken.push(...records.map(idOf));
  };
  await expect(takeOver(left, take)).rejects.toThrow('The disk is full');
  const { records } = await left.peek(1000);
  expect([...taken, ...records.map(idOf)]).toEqual(ids);
});
