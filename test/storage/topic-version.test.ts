import { expect, it } from 'vitest';
import { bumpTopic, readTopics } from '../../src/storage/topic-version.store.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

describeOnEachDatabase('topic versions', (open) => {
  it('starts every topic at zero', async () => {
    expect(Object.fromEntries(await readTopics(open().prisma))).toEqual({ catalog: 0, policies: 0, keys: 0 });
  });

  it('raises one topic by one and tells its new version', async () => {
    const { prisma } = open();
    expect(await inTransaction(prisma, (tx) => bumpTopic(tx, 'keys'))).toBe(1);
    expect(await inTransaction(prisma, (tx) => bumpTopic(tx, 'keys'))).toBe(2);
    expect(Object.fromEntries(await readTopics(prisma))).toEqual({ catalog: 0, policies: 0, keys: 2 });
  });

  it('forgets the change of a transaction that rolls back', async () => {
    const { prisma } = open();
    const before = await readTopics(prisma);
    const failing = inTransaction(prisma, async (tx) => {
      await bumpTopic(tx, 'catalog');
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(await readTopics(prisma)).toEqual(before);
  });

  it('gives concurrent changes different versions', async () => {
    const { prisma } = open();
    const bumps = Array.from({ length: 8 }, () => inTransaction(prisma, (tx) => bumpTopic(tx, 'policies')));
    expect((await Promise.all(bumps)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
