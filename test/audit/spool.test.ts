import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_HEADER } from '../../src/audit/spool-frame.ts';
import { openSpool, type SpoolSizes } from '../../src/audit/spool.service.ts';
import type { Spool, SpoolFile } from '../../src/audit/spool.ts';
import { nodeSha256 as sha256 } from '../../src/system/digest.node.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { createSimulatedDisk, type Incident } from './simulated-disk.ts';

/** Small, so that every bound is met. */
const sizes: SpoolSizes = { maxFileBytes: 10_000_000, reserveBytes: 3000, growthBytes: 2000 };
const { reserveBytes } = sizes;

const open = (file: SpoolFile, changed: Partial<SpoolSizes> = {}) =>
  openSpool({ file, sha256, log: silentLog, sizes: { ...sizes, ...changed } });

/** A record that says its number; its length varies, across sectors too. */
const record = (id: number) => new TextEncoder().encode(`${id} ${'x'.repeat((id * 97) % 1500)}`);
const idOf = (bytes: Uint8Array) => Number.parseInt(new TextDecoder().decode(bytes), 10);

async function waiting(spool: Spool): Promise<number[]> {
  return (await spool.peek(1_000_000)).records.map(idOf);
}

describe('a spool', () => {
  it('hands records out in their order, as often as asked, until they are discarded', async () => {
    const spool = await open(createSimulatedDisk().open());
    expect(spool.isEmpty()).toBe(true);
    await spool.append([record(1), record(2)]);
    await spool.append([record(3)]);
    expect(spool.isEmpty()).toBe(false);
    const two = await spool.peek(2);
    expect(two.records.map(idOf)).toEqual([1, 2]);
    expect(await waiting(spool)).toEqual([1, 2, 3]);
    await spool.discard(two.end);
    expect(await waiting(spool)).toEqual([3]);
    await spool.discard((await spool.peek(9)).end);
    expect(spool.isEmpty()).toBe(true);
  });

  it('keeps what arrives while others are handed out', async () => {
    const spool = await open(createSimulatedDisk().open());
    await spool.append([record(1)]);
    const first = await spool.peek(10);
    await Promise.all([spool.append([record(2)]), spool.append([record(3)]), spool.discard(first.end)]);
    expect(await waiting(spool)).toEqual([2, 3]);
  });

  it('goes on accepting while it is emptied, when its room is cut off and made again', async () => {
    const states: boolean[] = [];
    const watched: { spool?: Spool } = {};
    const look = () => void (watched.spool && states.push(watched.spool.accepts()));
    const file = createSimulatedDisk().open();
    const spool = await open({
      ...file,
      truncate: (length) => (look(), file.truncate(length)),
      write: (position, bytes) => (look(), file.write(position, bytes)),
      sync: () => (look(), file.sync()),
    });
    await spool.append([record(1)]);
    watched.spool = spool;
    await spool.discard((await spool.peek(9)).end);
    expect(spool.isEmpty()).toBe(true);
    expect(states.length).toBeGreaterThan(2);
    expect(states).not.toContain(false);
  });

  it('is what it was when it is opened again, without what was discarded', async () => {
    const disk = createSimulatedDisk();
    const spool = await open(disk.open());
    await spool.append([1, 2, 3, 4].map(record));
    await spool.discard((await spool.peek(2)).end);
    expect(await waiting(await open(disk.open()))).toEqual([3, 4]);
  });

  it('needs one sync for records that come together', async () => {
    const disk = createSimulatedDisk();
    const file = disk.open();
    let syncs = 0;
    const spool = await open({ ...file, sync: () => ((syncs += 1), file.sync()) });
    syncs = 0;
    await spool.append(Array.from({ length: 64 }, (_, id) => record(id)));
    expect(syncs).toBe(1);
  });

  it('gives the room back once nothing waits', async () => {
    const disk = createSimulatedDisk();
    const file = disk.open();
    const spool = await open(file);
    const sizeAtFirst = await file.size();
    for (let id = 0; id < 3; id += 1) await spool.append([new Uint8Array(reserveBytes)]);
    expect(await file.size()).toBeGreaterThan(sizeAtFirst);
    await spool.discard((await spool.peek(9)).end);
    expect(await file.size()).toBe(sizeAtFirst);
  });

  it('does not write over a file that it does not understand', async () => {
    const disk = createSimulatedDisk();
    const later = FILE_HEADER.slice();
    later[later.length - 2] = '2'.charCodeAt(0);
    await disk.open().write(0, later);
    await expect(open(disk.open())).rejects.toThrow('another version');
  });

  it('loses nothing behind a part of the file that was damaged', async () => {
    const disk = createSimulatedDisk();
    const spool = await open(disk.open());
    await spool.append([1, 2, 3].map(record));
    await disk.open().write(FILE_HEADER.length + 25, new Uint8Array(3));
    expect(await waiting(await open(disk.open()))).toEqual([2, 3]);
  });
});

describe('a spool on a disk that is full', () => {
  async function fill(capacity: number) {
    const disk = createSimulatedDisk();
    disk.capacity = capacity;
    const spool = await open(disk.open());
    const written: number[] = [];
    let accepted = 0;
    const append = async () => {
      if (spool.accepts()) accepted = written.length + 1;
      await spool.append([record(written.length)]);
      written.push(written.length);
    };
    await expect(
      (async () => {
        for (;;) await append();
      })(),
    ).rejects.toThrow('ENOSPC');
    return { disk, spool, written, accepted };
  }

  it('stops accepting while there is room for the ends of what it has accepted', async () => {
    const { written, accepted } = await fill(9 * reserveBytes);
    const room = written.slice(accepted).reduce((sum, id) => sum + record(id).length, 0);
    expect(room).toBeGreaterThan(reserveBytes / 2);
  });

  it('stays sound, and is usable again when there is room', async () => {
    const { disk, spool, written } = await fill(9 * reserveBytes);
    expect(spool.accepts()).toBe(false);
    expect(await waiting(spool)).toEqual(written);
    await spool.recover();
    expect(spool.accepts()).toBe(false);
    disk.capacity = 20 * reserveBytes;
    await spool.recover();
    expect(spool.accepts()).toBe(true);
    await spool.append([record(written.length)]);
    expect(await waiting(await open(disk.open()))).toEqual([...written, written.length]);
  });

  it('is usable again when everything has been discarded', async () => {
    const { spool } = await fill(9 * reserveBytes);
    await spool.discard((await spool.peek(1_000_000)).end);
    expect(spool.accepts()).toBe(true);
    await spool.append([record(7)]);
    expect(await waiting(spool)).toEqual([7]);
  });

  it('opens on it, and says that it does not accept', async () => {
    const disk = createSimulatedDisk();
    disk.capacity = 1000;
    const spool = await open(disk.open());
    expect(spool.accepts()).toBe(false);
    await spool.append([Uint8Array.of(49)]);
    expect(await waiting(spool)).toEqual([1]);
  });

  it('treats its own bound like the end of the disk', async () => {
    const spool = await open(createSimulatedDisk().open(), { maxFileBytes: reserveBytes + 5000 });
    expect(spool.accepts()).toBe(true);
    await spool.append([new Uint8Array(6000)]);
    expect(spool.accepts()).toBe(false);
    await expect(spool.append([new Uint8Array(reserveBytes)])).rejects.toThrow('has reached');
  });
});

/** What a process does with its spool: adds so many records at once, or lets so many arrive. */
type Step = { readonly append: number } | { readonly arrive: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ append: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ arrive: fc.integer({ min: 1, max: 6 }) }),
);
const script = fc.array(step, { minLength: 1, maxLength: 10 });

/** What a process knows of its records when it ends. */
interface Memory {
  /** Durable, because `append` said so, and not known to have arrived. */
  owed: number[];
  /** Tried, and never said to be durable: at most one batch, the last. */
  readonly unknown: Set<number>;
  readonly arrived: Set<number>;
  next: number;
}

/** Plays a script on a disk. Rejections of the spool are survived, as its writer does. */
async function play(spool: Spool, steps: readonly Step[], memory: Memory): Promise<void> {
  for (const step of steps) {
    if ('append' in step) {
      const ids = Array.from({ length: step.append }, () => memory.next++);
      await spool.append(ids.map(record)).then(
        () => memory.owed.push(...ids),
        () => ids.forEach((id) => memory.unknown.add(id)),
      );
    } else {
      const { records, end } = await spool.peek(step.arrive);
      const ids = records.map(idOf);
      for (const id of ids) memory.arrived.add(id);
      memory.owed = memory.owed.filter((id) => !memory.arrived.has(id));
      if (ids.length > 0) await spool.discard(end);
    }
  }
}

const newMemory = (): Memory => ({ owed: [], unknown: new Set(), arrived: new Set(), next: 0 });

/** Every point at which a script can be interrupted: the operations that it needs. */
async function* points(steps: readonly Step[]): AsyncGenerator<number> {
  const disk = createSimulatedDisk();
  await play(await open(disk.open()), steps, newMemory());
  const count = disk.operations();
  for (let at = 1; at <= count; at += 1) yield at;
}

/** Plays a script with an incident at one of its operations. */
async function interrupted(steps: readonly Step[], at: number, kind: Incident) {
  const disk = createSimulatedDisk();
  const memory = newMemory();
  const spool = await open(disk.open({ at, kind }));
  await play(spool, steps, memory);
  return { disk, spool, memory };
}

describe('whatever happens, at every write, truncation and sync', () => {
  it('after a crash every durable record is handed out, once and in order, and nothing that was never added', async () => {
    await fc.assert(
      fc.asyncProperty(script, fc.infiniteStream(fc.boolean()), async (steps, coins) => {
        const coin = () => coins.next().value;
        for await (const at of points(steps)) {
          const { disk, memory } = await interrupted(steps, at, 'crash');
          disk.crash(coin);
          const spool = await open(disk.open());
          const found = await waiting(spool);
          const { owed, unknown, arrived, next } = memory;
          expect(found.filter((id) => owed.includes(id))).toEqual(owed);
          expect(found.filter((id) => !owed.includes(id) && !unknown.has(id) && !arrived.has(id))).toEqual(
            [],
          );
          expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
          await spool.append([record(next)]);
          disk.crash(coin);
          expect(await waiting(await open(disk.open()))).toEqual([...found, next]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('after a fault exactly what was said to be durable is handed out', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        for await (const at of points(steps)) {
          const { disk, spool, memory } = await interrupted(steps, at, 'fault');
          const { owed, arrived, next } = memory;
          expect(await waiting(spool)).toEqual(owed);
          await spool.append([record(next)]);
          disk.crash(() => false);
          const found = await waiting(await open(disk.open()));
          // What has arrived may come again, when the note that it has was what could not be written.
          expect(found.filter((id) => !arrived.has(id))).toEqual([...owed, next]);
          expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        }
      }),
      { numRuns: 100 },
    );
  });
});
