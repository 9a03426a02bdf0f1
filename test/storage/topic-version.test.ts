import { expect, it } from 'vitest';
import { bumpTopic, readAtVersion, readTopic } from '../../src/storage/topic-version.store.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { describeOnDatabase, describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

describeOnEachDatabase('topic versions', (open) => {
  it('starts every topic at zero', async () => {
    for (const topic of ['catalog', 'policies', 'keys']) {
      expect(await readTopic(open().prisma, topic)).toMatchObject({ seq: 0 });
    }
  });

  it('raises one topic by one and tells its new number', async () => {
    const { prisma } = open();
    const other = await readTopic(prisma, 'catalog');
    expect(await inTransaction(prisma, (tx) => bumpTopic(tx, 'keys'))).toBe(1);
    expect(await inTransaction(prisma, (tx) => bumpTopic(tx, 'keys'))).toBe(2);
    expect(await readTopic(prisma, 'keys')).toMatchObject({ seq: 2 });
    expect(await readTopic(prisma, 'catalog')).toEqual(other);
  });

  it('forgets the change of a transaction that rolls back, and tells it from the next of the same number', async () => {
    const { prisma } = open();
    const before = await readTopic(prisma, 'catalog');
    let lost = before;
    const failing = inTransaction(prisma, async (tx) => {
      await bumpTopic(tx, 'catalog');
      lost = await readTopic(tx, 'catalog');
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(await readTopic(prisma, 'catalog')).toEqual(before);
    expect(await inTransaction(prisma, (tx) => bumpTopic(tx, 'catalog'))).toBe(lost.seq);
    expect((await readTopic(prisma, 'catalog')).tag).not.toBe(lost.tag);
  });

  it('gives concurrent changes different versions', async () => {
    const { prisma } = open();
    const bumps = Array.from({ length: 8 }, () => inTransaction(prisma, (tx) => bumpTopic(tx, 'policies')));
    expect((await Promise.all(bumps)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describeOnDatabase('postgres', 'a topic that is read', (open) => {
  it('is of one moment with its version, whatever is committed meanwhile', async () => {
    const { prisma } = open();
    const { version, value } = await readAtVersion(prisma, 'keys', async (tx) => {
      await inTransaction(prisma, (other) => bumpTopic(other, 'keys'));
      return readTopic(tx, 'keys');
    });
    expect(value).toEqual(version);
    expect(await readTopic(prisma, 'keys')).toMatchObject({ seq: version.seq + 1 });
  });
});
