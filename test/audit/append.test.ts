import { tmpdir } from 'node:os';
import { describe, expect, inject, it } from 'vitest';
import { createAuditService } from '../../src/audit/audit.service.ts';
import { appendEntries, readEntriesAfter } from '../../src/audit/audit.store.ts';
import { genesisHead } from '../../src/audit/chain.ts';
import type { AuditDraft } from '../../src/audit/entry.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { storageFault } from '../../src/storage/storage-fault.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { createPostgresDatabase, describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';

const random = createNodeRandom(() => Date.now());

function draft(tenantId: string, payload: AuditDraft['payload'] = {}): AuditDraft {
  return { id: random.uuid(), tenantId, type: 'policy.changed', at: 1e12, actor: 'system', payload };
}

const append = (database: Database, drafts: readonly AuditDraft[]) =>
  inTransaction(database.prisma, (tx) => appendEntries(tx, drafts));

/** Appends in one transaction after the other; a lock that was not granted in time is asked for again. */
async function keepAppending(database: Database, batches: readonly AuditDraft[][]): Promise<void> {
  for (const batch of batches) {
    for (;;) {
      try {
        await append(database, batch);
        break;
      } catch (error) {
        if (storageFault(error).kind !== 'lock_timeout') throw error;
      }
    }
  }
}

const wholeChain = { fromSeq: null, toSeq: null };

describeOnEachDatabase('the audit store', (open) => {
  const service = () => createAuditService(open(), nodeSha256);

  it('starts a chain at 1 behind the tenant’s genesis and continues it', async () => {
    const tenantId = random.uuid();
    expect(await append(open(), [draft(tenantId), draft(tenantId)])).toEqual([1, 2]);
    expect(await append(open(), [draft(tenantId)])).toEqual([3]);
    const [first, second, third] = await readEntriesAfter(open().prisma, tenantId, 0, 10);
    expect(first?.prevHash).toEqual(new Uint8Array(genesisHead(nodeSha256, tenantId).hash));
    expect(third?.prevHash).toEqual(second?.hash);
    expect(await service().verify(tenantId, wholeChain)).toMatchObject({
      fault: null,
      checked: 3,
      headSeq: 3,
    });
  });

  it('appends to several chains at once, each in the order given, and answers in the order of the drafts', async () => {
    const [a, b] = [random.uuid(), random.uuid()];
    await append(open(), [draft(a)]);
    const drafts = [draft(b), draft(a), draft(b), draft(a)];
    expect(await append(open(), drafts)).toEqual([1, 2, 2, 3]);
    const entries = [
      ...(await readEntriesAfter(open().prisma, b, 0, 10)),
      ...(await readEntriesAfter(open().prisma, a, 1, 10)),
    ];
    expect(entries.map(({ id }) => id)).toEqual([0, 2, 1, 3].map((index) => drafts[index]?.id));
  });

  it('leaves what is already there and returns it, so that an unknown COMMIT can be repeated', async () => {
    const tenantId = random.uuid();
    const drafts = [draft(tenantId), draft(tenantId)];
    expect(await append(open(), drafts)).toEqual([1, 2]);
    expect(await append(open(), drafts)).toEqual([1, 2]);
    expect(await append(open(), [draft(tenantId), ...drafts, draft(tenantId)])).toEqual([3, 1, 2, 4]);
    expect(await service().verify(tenantId, wholeChain)).toMatchObject({ fault: null, checked: 4 });
  });

  it('leaves no trace of a transaction that fails', async () => {
    const tenantId = random.uuid();
    const failing = inTransaction(open().prisma, async (tx) => {
      await appendEntries(tx, [draft(tenantId)]);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await service().verify(tenantId, wholeChain)).toMatchObject({ fault: null, headSeq: 0 });
    expect(await append(open(), [draft(tenantId)])).toEqual([1]);
  });

  it('neither forks nor skips under many concurrent appenders', async () => {
    const tenants = [random.uuid(), random.uuid(), random.uuid()];
    const batch = () => tenants.flatMap((tenantId) => [draft(tenantId), draft(tenantId)]).reverse();
    await Promise.all(Array.from({ length: 6 }, () => keepAppending(open(), [batch(), batch()])));
    for (const tenantId of tenants) {
      expect(await service().verify(tenantId, wholeChain)).toMatchObject({ fault: null, checked: 24 });
    }
  });

  it('is append-only by the database’s own rule', async () => {
    const tenantId = random.uuid();
    await append(open(), [draft(tenantId)]);
    const { prisma } = open();
    const refused = { kind: 'constraint', constraint: 'audit_entries_append_only' };
    for (const statement of [
      "UPDATE audit_entries SET canonical = '{}'",
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
    ]) {
      const error: unknown = await prisma.$executeRawUnsafe(statement).catch((caught: unknown) => caught);
      expect(storageFault(error)).toEqual(refused);
    }
    await expect(prisma.$executeRawUnsafe('UPDATE audit_heads SET seq = seq - 1')).rejects.toThrow();
  });

  it('verifies a part of a chain, and refuses a part that is upside down', async () => {
    const tenantId = random.uuid();
    await append(
      open(),
      Array.from({ length: 5 }, () => draft(tenantId)),
    );
    const part = await service().verify(tenantId, { fromSeq: 2, toSeq: 4 });
    expect(part).toMatchObject({ fault: null, checked: 3, headSeq: 5 });
    expect(await service().verify(tenantId, { fromSeq: 6, toSeq: null })).toMatchObject({ checked: 0 });
    await expect(service().verify(tenantId, { fromSeq: 4, toSeq: 3 })).rejects.toThrow('toSeq');
    await expect(service().verify(tenantId, { fromSeq: 0, toSeq: 3 })).rejects.toThrow('fromSeq');
  });

  it('finds what was changed behind the triggers’ back', async () => {
    const tenantId = random.uuid();
    await append(
      open(),
      Array.from({ length: 5 }, (_, index) => draft(tenantId, { index })),
    );
    await tamper(open(), `UPDATE audit_entries SET type = 'key.revoked' WHERE seq = 4`, tenantId);
    expect((await service().verify(tenantId, wholeChain)).fault?.seq).toBe(4);
    await tamper(
      open(),
      `UPDATE audit_entries SET canonical = replace(canonical, '2', '7') WHERE seq = 3`,
      tenantId,
    );
    expect((await service().verify(tenantId, wholeChain)).fault?.seq).toBe(3);
    await tamper(open(), 'DELETE FROM audit_entries WHERE seq = 2', tenantId);
    expect((await service().verify(tenantId, wholeChain)).fault?.seq).toBe(2);
    expect((await service().verify(tenantId, { fromSeq: 3, toSeq: 3 })).fault?.seq).toBe(2);
    await tamper(open(), 'DELETE FROM audit_heads WHERE true', tenantId);
    expect((await service().verify(tenantId, wholeChain)).fault?.seq).toBe(1);
  });
});

/** What somebody with the rights of the tables' owner could do. */
async function tamper(database: Database, statement: string, tenantId: string): Promise<void> {
  await inTransaction(database.prisma, async (tx) => {
    await tx.$executeRawUnsafe('ALTER TABLE audit_entries DISABLE TRIGGER USER');
    await tx.$executeRawUnsafe('ALTER TABLE audit_heads DISABLE TRIGGER USER');
    await tx.$executeRawUnsafe(`${statement} AND tenant_id = '${tenantId}'`);
    await tx.$executeRawUnsafe('ALTER TABLE audit_entries ENABLE TRIGGER USER');
    await tx.$executeRawUnsafe('ALTER TABLE audit_heads ENABLE TRIGGER USER');
  });
}

describe.skipIf(inject('postgres') === null)('two instances on one Postgres', () => {
  it('grow the same chains without a gap or a fork', async () => {
    await using server = await createPostgresDatabase();
    const options = { url: server.url, dataDir: tmpdir(), log: silentLog };
    await using one = await openDatabase(options);
    await using other = await openDatabase(options);
    const tenants = [random.uuid(), random.uuid()];
    const batches = (order: readonly string[]) =>
      Array.from({ length: 10 }, () => order.flatMap((tenantId) => [draft(tenantId), draft(tenantId)]));
    await Promise.all(
      [one, other, one, other].map((database, index) =>
        keepAppending(database, batches(index % 2 === 0 ? tenants : tenants.toReversed())),
      ),
    );
    for (const tenantId of tenants) {
      const verification = await createAuditService(one, nodeSha256).verify(tenantId, wholeChain);
      expect(verification).toMatchObject({ fault: null, checked: 80, headSeq: 80 });
    }
  });
});
