import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupCommit } from '../../src/storage/group-commit.ts';
import { UnavailableError } from '../../src/system/expected-error.ts';

interface Item {
  readonly tenant: string;
  readonly id: number;
}

/** A write that a test ends by hand. */
interface Write {
  readonly ids: readonly number[];
  succeed(): Promise<void>;
  fail(error: Error): Promise<void>;
}

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

function createSubject(maxBatch = 100) {
  const writes: Write[] = [];
  const commit = createGroupCommit<Item>({
    write: (batch) => {
      const done = Promise.withResolvers<void>();
      writes.push({
        ids: batch.map(({ id }) => id),
        succeed: () => (done.resolve(), settled()),
        fail: (error) => (done.reject(error), settled()),
      });
      return done.promise;
    },
    partition: ({ tenant }) => tenant,
    maxBatch,
  });
  const outcomes = new Map<number, unknown>();
  const add = (tenant: string, id: number) => {
    commit.add({ tenant, id }).then(
      () => outcomes.set(id, 'written'),
      (error: unknown) => outcomes.set(id, error),
    );
  };
  return { commit, writes, add, outcomes };
}

describe('group commit', () => {
  it('writes at once when nothing is under way', async () => {
    const { add, writes } = createSubject();
    add('a', 1);
    await settled();
    expect(writes.map(({ ids }) => ids)).toEqual([[1]]);
  });

  it('lets what is added in the same turn share a write', async () => {
    const { add, writes } = createSubject();
    add('a', 1);
    add('b', 2);
    await settled();
    expect(writes.map(({ ids }) => ids)).toEqual([[1, 2]]);
  });

  it('lets all that waited for a write share the next one', async () => {
    const { add, writes } = createSubject();
    add('a', 1);
    await settled();
    add('a', 2);
    await settled();
    add('b', 3);
    await settled();
    expect(writes).toHaveLength(1);
    await writes[0]?.succeed();
    expect(writes.map(({ ids }) => ids)).toEqual([[1], [2, 3]]);
  });

  it('lets no more share a write than it can carry, and writes what is heavier alone, in their order', async () => {
    const writes: number[][] = [];
    const commit = createGroupCommit<number>({
      write: (batch) => Promise.resolve(void writes.push([...batch])),
      partition: () => 'a',
      maxBatch: 4,
      weigh: (weight) => weight,
      maxWeight: 10,
    });
    await Promise.all([3, 3, 3, 3, 25, 1, 0, 0, 0, 0].map((weight) => commit.add(weight)));
    expect(writes).toEqual([[3, 3, 3], [3], [25], [1, 0, 0, 0], [0]]);
  });

  it('settles an item only after the write that held it', async () => {
    const { add, writes, outcomes } = createSubject();
    add('a', 1);
    await settled();
    add('a', 2);
    await writes[0]?.succeed();
    expect([...outcomes]).toEqual([[1, 'written']]);
    await writes[1]?.succeed();
    expect(outcomes.get(2)).toBe('written');
  });

  it('never puts more than maxBatch items into one write', async () => {
    const { add, writes } = createSubject(2);
    for (const id of [1, 2, 3, 4, 5]) add('a', id);
    await settled();
    for (let index = 0; index < 3; index += 1) await writes[index]?.succeed();
    expect(writes.map(({ ids }) => ids)).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('repeats each partition alone, once, when a write of several fails', async () => {
    const { add, writes, outcomes } = createSubject();
    add('a', 1);
    add('b', 2);
    add('a', 3);
    await settled();
    await writes[0]?.fail(new Error('together'));
    expect(writes[1]?.ids).toEqual([1, 3]);
    expect(outcomes.size).toBe(0);
    await writes[1]?.fail(new Error('a alone'));
    expect(writes[2]?.ids).toEqual([2]);
    await writes[2]?.succeed();
    expect(outcomes).toEqual(
      new Map<number, unknown>([
        [1, new Error('a alone')],
        [3, new Error('a alone')],
        [2, 'written'],
      ]),
    );
    expect(writes).toHaveLength(3);
  });

  it('does not repeat a failed write of a single partition', async () => {
    const { add, writes, outcomes } = createSubject();
    add('a', 1);
    add('a', 2);
    await settled();
    await writes[0]?.fail(new Error('no'));
    expect([...outcomes.keys()]).toEqual([1, 2]);
    expect(writes).toHaveLength(1);
  });

  it('does not let partitions queue for a database that is away', async () => {
    const { add, writes, outcomes } = createSubject();
    add('a', 1);
    add('b', 2);
    await settled();
    const away = new UnavailableError('away', 1_000);
    await writes[0]?.fail(away);
    expect([...outcomes]).toEqual([
      [1, away],
      [2, away],
    ]);
    expect(writes).toHaveLength(1);
  });

  it('goes on with the next items after a failure', async () => {
    const { add, writes, outcomes } = createSubject();
    add('a', 1);
    await settled();
    add('a', 2);
    await writes[0]?.fail(new Error('no'));
    await writes[1]?.succeed();
    expect(outcomes.get(2)).toBe('written');
  });

  it('drains at once when idle, and otherwise after the last item, failures included', async () => {
    const { add, commit, writes } = createSubject();
    await commit.drain();
    add('a', 1);
    await settled();
    add('a', 2);
    let drained = false;
    void commit.drain().then(() => (drained = true));
    await writes[0]?.fail(new Error('no'));
    expect(drained).toBe(false);
    await writes[1]?.succeed();
    expect(drained).toBe(true);
  });

  it('works again after it was drained', async () => {
    const { add, commit, writes, outcomes } = createSubject();
    add('a', 1);
    await settled();
    await writes[0]?.succeed();
    await commit.drain();
    add('a', 2);
    await settled();
    await writes[1]?.succeed();
    expect(outcomes.get(2)).toBe('written');
  });
});

describe('group commit, whatever happens', () => {
  /** Turns of adding items; each write then fails when it holds a poisoned tenant, or by the given coin. */
  const script = fc.record({
    turns: fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'poison'), { maxLength: 6 }), { maxLength: 12 }),
    maxBatch: fc.integer({ min: 1, max: 7 }),
  });

  it('writes every healthy item exactly once, in its order, one write at a time', async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ turns, maxBatch }) => {
        const stored: Item[] = [];
        let underWay = 0;
        let mostAtOnce = 0;
        const commit = createGroupCommit<Item>({
          write: async (batch) => {
            underWay += 1;
            mostAtOnce = Math.max(mostAtOnce, underWay, batch.length > maxBatch ? Infinity : 0);
            await settled();
            underWay -= 1;
            if (batch.some(({ tenant }) => tenant === 'poison')) throw new Error('poisoned');
            stored.push(...batch);
          },
          partition: ({ tenant }) => tenant,
          maxBatch,
        });
        const added: { item: Item; outcome: Promise<boolean> }[] = [];
        for (const tenants of turns) {
          for (const tenant of tenants) {
            const item = { tenant, id: added.length };
            added.push({
              item,
              outcome: commit.add(item).then(
                () => true,
                () => false,
              ),
            });
          }
          await settled();
        }
        await commit.drain();
        for (const { item, outcome } of added) expect(await outcome).toBe(item.tenant !== 'poison');
        for (const tenant of ['a', 'b', 'c']) {
          const mine = ({ tenant: other }: Item) => other === tenant;
          expect(stored.filter(mine)).toEqual(added.map(({ item }) => item).filter(mine));
        }
        expect(mostAtOnce).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});
