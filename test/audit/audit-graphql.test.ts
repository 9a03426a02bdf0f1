import { graphql } from 'graphql';
import { beforeAll, expect, it } from 'vitest';
import { createAuditService } from '../../src/audit/audit.service.ts';
import { appendEntries, readEntriesAfter } from '../../src/audit/audit.store.ts';
import { PLATFORM_TENANT_ID, type AuditDraft, type ChainedEntry } from '../../src/audit/entry.ts';
import type { RequestContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import type { Role } from '../../src/tenants/viewer.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';

const random = createNodeRandom(() => Date.now());
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

interface Answer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

describeOnEachDatabase('the audit log’s API', (open) => {
  const [own, other] = [random.uuid(), random.uuid()];
  let entries: ChainedEntry[] = [];

  function draft(tenantId: string, type: AuditDraft['type'], version: number): AuditDraft {
    return { id: random.uuid(), tenantId, type, at: 1e12 + version, actor: 'key:abc', payload: { version } };
  }

  async function run(source: string, role: Role = 'VIEWER'): Promise<Answer> {
    const contextValue = {
      viewer: { tenantId: own, keyId: 'k', roles: [role] },
      services: { database: open(), audit: createAuditService(open(), nodeSha256) },
      signal: new AbortController().signal,
    } as unknown as RequestContext;
    return JSON.parse(JSON.stringify(await graphql({ schema, source, contextValue }))) as Answer;
  }

  beforeAll(async () => {
    const drafts = [
      draft(own, 'policy.changed', 1),
      draft(own, 'key.issued', 2),
      draft(own, 'policy.changed', 3),
      draft(other, 'policy.changed', 1),
      draft(PLATFORM_TENANT_ID, 'catalog.changed', 1),
    ];
    await inTransaction(open().prisma, (tx) => appendEntries(tx, drafts));
    const { prisma } = open();
    entries = [
      ...(await readEntriesAfter(prisma, own, 0, 3)),
      ...(await readEntriesAfter(prisma, other, 0, 1)),
    ];
  });

  it('lists the caller’s own chain, newest first, with what the canonical text says', async () => {
    const { data } = await run(
      '{ auditLog { nodes { seq type at actor payload hash prevHash canonical } } }',
    );
    const [newest, , oldest] = (data?.['auditLog'] as { nodes: unknown[] }).nodes;
    expect(newest).toEqual({
      seq: 3,
      type: 'policy.changed',
      at: '2001-09-09T01:46:40.003Z',
      actor: 'key:abc',
      payload: { version: 3 },
      hash: toHex(entries[2]?.hash as Uint8Array),
      prevHash: toHex(entries[1]?.hash as Uint8Array),
      canonical: entries[2]?.canonical,
    });
    expect(oldest).toMatchObject({ seq: 1 });
  });

  it('pages without a gap, and narrows to a type and to a place', async () => {
    const page = async (args: string) => {
      const { data } = await run(
        `{ auditLog(${args}) { edges { cursor node { seq } } pageInfo { hasNextPage endCursor } } }`,
      );
      const { edges, pageInfo } = data?.['auditLog'] as {
        edges: { cursor: string; node: { seq: number } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      return { seqs: edges.map(({ node }) => node.seq), ...pageInfo };
    };
    const first = await page('first: 2');
    expect(first).toMatchObject({ seqs: [3, 2], hasNextPage: true });
    expect(await page(`first: 2, after: "${first.endCursor}"`)).toMatchObject({
      seqs: [1],
      hasNextPage: false,
    });
    expect(await page('type: "policy.changed"')).toMatchObject({ seqs: [3, 1] });
    expect(await page('sinceSeq: 2')).toMatchObject({ seqs: [3, 2] });
    expect((await run('{ auditLog(after: "x") { nodes { seq } } }')).errors?.[0]?.message).toContain('after');
  });

  it('verifies a chain', async () => {
    const { data } = await run(
      '{ verifyAuditChain { ok checked headSeq headHash firstBrokenSeq detail expectedHash foundHash anchoredUpToSeq } }',
    );
    expect(data?.['verifyAuditChain']).toEqual({
      ok: true,
      checked: 3,
      headSeq: 3,
      headHash: toHex(entries[2]?.hash as Uint8Array),
      firstBrokenSeq: null,
      detail: null,
      expectedHash: null,
      foundHash: null,
      anchoredUpToSeq: null,
    });
  });

  it('finds its own entries by their ids, and nobody else’s', async () => {
    const node = (entry: ChainedEntry | undefined, role?: Role) =>
      run(
        `{ node(id: "${globalId('AuditEntry', entry?.id ?? '')}") { id ... on AuditEntry { seq } } }`,
        role,
      );
    expect((await node(entries[1])).data?.['node']).toMatchObject({ seq: 2 });
    expect((await node(entries[3])).data?.['node']).toBeNull();
    expect((await node(entries[3], 'TENANT_ADMIN')).data?.['node']).toBeNull();
    expect((await node(entries[3], 'ADMIN')).data?.['node']).toMatchObject({ seq: 1 });
    const junk = await run(`{ node(id: "${globalId('AuditEntry', 'junk')}") { id } }`);
    expect(junk).toEqual({ data: { node: null } });
  });

  it.each([
    ['another tenant', other, 'policy.changed'],
    ['the platform', PLATFORM_TENANT_ID, 'catalog.changed'],
  ])('shows the chain of %s to an ADMIN only', async (_, tenantId, type) => {
    const query = `{ auditLog(tenantId: "${globalId('Tenant', tenantId)}") { nodes { type } }
      verifyAuditChain(tenantId: "${globalId('Tenant', tenantId)}") { ok checked } }`;
    expect((await run(query, 'TENANT_ADMIN')).data).toEqual({ auditLog: null, verifyAuditChain: null });
    expect((await run(query, 'ADMIN')).data).toEqual({
      auditLog: { nodes: [{ type }] },
      verifyAuditChain: { ok: true, checked: 1 },
    });
  });

  it('is not for an AGENT', async () => {
    const { data, errors } = await run('{ auditLog { nodes { seq } } }', 'AGENT');
    expect(data).toEqual({ auditLog: null });
    expect(errors?.[0]?.message).toMatch(/needs the role .*; this one has AGENT\.$/);
  });

  it('knows no chain of a tenant that never was', async () => {
    const id = globalId('Tenant', random.uuid());
    const query = `{ auditLog(tenantId: "${id}") { nodes { seq } } verifyAuditChain(tenantId: "${id}") { ok } }`;
    expect(await run(query, 'ADMIN')).toEqual({ data: { auditLog: null, verifyAuditChain: null } });
  });

  it('says what an actor’s key is for', async () => {
    const { prisma } = open();
    await prisma.tenant.create({ data: { id: own, slug: 'labelled', name: 'Labelled' } });
    const key = { environment: 'test', secretHash: new Uint8Array(32), roles: ['ADMIN'] };
    await prisma.apiKey.create({ data: { ...key, id: 'abc', tenantId: own, label: 'Nightly job' } });
    const { data } = await run('{ auditLog { nodes { actor actorLabel } } }');
    const entry = { actor: 'key:abc', actorLabel: 'Nightly job' };
    expect(data).toEqual({ auditLog: { nodes: [entry, entry, entry] } });
  });
});
