import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDatabaseClock } from '../../src/storage/database-clock.ts';
import { ForbiddenError, InvalidInputError, NotFoundError } from '../../src/system/expected-error.ts';
import type { Role, Viewer } from '../../src/tenants/viewer.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { silentLog } from '../support/logs/silent-log.ts';
import { auditOf, keyOf, openTenants } from './tenants.ts';

const DAY_MS = 86_400_000;

describeOnEachDatabase('API keys', (open) => {
  let own: Awaited<ReturnType<typeof openTenants>>;
  let tenantId: string;
  let otherId: string;
  const viewer = (...roles: Role[]): Viewer => ({ tenantId, keyId: 'caller', roles });
  const issue = (...roles: Role[]) => own.apiKeys.issue(viewer('ADMIN'), tenantId, keyOf(...roles));
  const row = (id: string) => open().prisma.apiKey.findUniqueOrThrow({ where: { id } });

  beforeAll(async () => {
    own = await openTenants(open());
    const create = (slug: string) =>
      own.tenants.create({ tenantId: '', keyId: 'boss', roles: ['ADMIN'] }, { slug, name: slug });
    tenantId = (await create('own')).id;
    otherId = (await create('other')).id;
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test('a key works at once where it was issued, and elsewhere after the poll', async () => {
    await using elsewhere = await openTenants(open(), own.time);
    const key = await issue('AGENT', 'VIEWER', 'AGENT');
    const holder = { tenantId, keyId: key.id, roles: ['AGENT', 'VIEWER'] };
    expect(own.apiKeys.authenticate(key.text)).toEqual(holder);
    await elsewhere.apiKeys.refresh();
    expect(elsewhere.apiKeys.authenticate(key.text)).toEqual(holder);
  });

  test('a key that admits has its tenant’s policy there, whichever is heard of first', async () => {
    await using elsewhere = await openTenants(open(), own.time);
    const boss: Viewer = { tenantId: '', keyId: 'boss', roles: ['ADMIN'] };
    const { id } = await own.tenants.create(boss, { slug: 'just-made', name: 'Just made' });
    const key = await own.apiKeys.issue(boss, id, keyOf('AGENT'));
    expect(elsewhere.policies.policyOf(id)).toBeUndefined();
    await elsewhere.apiKeys.refresh();
    expect(elsewhere.apiKeys.authenticate(key.text)).toBeDefined();
    expect(elsewhere.policies.policyOf(id)).toBeDefined();
  });

  test('nothing but the whole text of a key admits', async () => {
    const { id, text } = await issue('AGENT');
    const last = text.endsWith('A') ? 'B' : 'A';
    for (const wrong of [
      '',
      'swy_',
      id,
      text.slice(0, -1),
      `${text} `,
      text.slice(0, -1) + last,
      text.toUpperCase(),
    ]) {
      expect(own.apiKeys.authenticate(wrong)).toBeUndefined();
    }
  });

  test('a mistyped key is refused without being looked for', async () => {
    const { text } = await issue('AGENT');
    let lookUps = 0;
    const counting = (bytes: Uint8Array | string) => {
      lookUps += 1;
      return own.sha256(bytes);
    };
    const sha256 = Object.assign(counting, { hex: own.sha256.hex });
    await using other = await openTenants(open(), own.time, silentLog, sha256);
    const last = text.endsWith('A') ? 'B' : 'A';
    expect(other.apiKeys.authenticate(text.slice(0, -1) + last)).toBeUndefined();
    expect(other.apiKeys.authenticate(text.replace(/_[0-9a-f]{16}_/, '_0123456789abcdef_'))).toBeUndefined();
    expect(lookUps).toBe(0);
    expect(other.apiKeys.authenticate(text)).toBeDefined();
    expect(lookUps).toBe(1);
  });

  test('a key that was issued before there were checksums is still good, and mistyped is not', async () => {
    const { id, text } = await issue('AGENT');
    const old = text.slice(0, -6);
    await open().prisma.apiKey.update({
      where: { id },
      data: { secretHash: new Uint8Array(own.sha256(old)) },
    });
    await using other = await openTenants(open(), own.time);
    expect(other.apiKeys.authenticate(old)).toBeDefined();
    expect(other.apiKeys.authenticate(text)).toBeUndefined();
  });

  test('the database holds the SHA-256 of a key and nowhere its secret, and neither does the audit log', async () => {
    const { id, text } = await issue('AGENT');
    const secret = text.slice(-49);
    const stored = await row(id);
    expect(Buffer.from(stored.secretHash)).toEqual(Buffer.from(own.sha256(text)));
    expect(JSON.stringify(stored)).not.toContain(secret);
    const entry = (await auditOf(open(), tenantId)).at(-1);
    expect(entry).toMatchObject({
      type: 'key.issued',
      actor: 'key:caller',
      payload: { keyId: id, roles: ['AGENT'] },
    });
    expect(JSON.stringify(entry)).not.toContain(secret);
  });

  test('a revoked key is refused at once, for good, and audited once', async () => {
    const { id, text } = await issue('AGENT');
    await own.apiKeys.revoke(viewer('TENANT_ADMIN'), id);
    expect(own.apiKeys.authenticate(text)).toBeUndefined();
    expect(own.apiKeys.liveKey(id)).toBeUndefined();
    const { revokedAt } = await row(id);

    await own.time.advance(5_000);
    await own.apiKeys.revoke(viewer('TENANT_ADMIN'), id);
    expect((await row(id)).revokedAt).toEqual(revokedAt);
    const revocations = (await auditOf(open(), tenantId)).filter((entry) => entry.type === 'key.revoked');
    expect(revocations.filter((entry) => entry.payload['keyId'] === id)).toHaveLength(1);
  });

  test('a key is refused from the instant at which it expires', async () => {
    const expiresAt = (await readDatabaseClock(open().prisma)) + 60_000;
    const { text, id } = await own.apiKeys.issue(viewer('ADMIN'), tenantId, { ...keyOf('AGENT'), expiresAt });
    await own.time.advance(30_000);
    expect(own.apiKeys.authenticate(text)).toBeDefined();
    expect(own.apiKeys.liveKey(id)).toMatchObject({ id, expiresAt });
    await own.time.advance(30_000);
    expect(own.apiKeys.authenticate(text)).toBeUndefined();
    expect(own.apiKeys.liveKey(id)).toBeUndefined();
  });

  test('two keys of a tenant are live side by side, for rotation', async () => {
    const [first, second] = [await issue('AGENT'), await issue('AGENT')];
    await own.apiKeys.revoke(viewer('ADMIN'), first.id);
    expect(own.apiKeys.authenticate(first.text)).toBeUndefined();
    expect(own.apiKeys.authenticate(second.text)).toBeDefined();
  });

  test('only an ADMIN issues and revokes keys with the role ADMIN', async () => {
    const wish = own.apiKeys.issue(viewer('TENANT_ADMIN'), tenantId, keyOf('VIEWER', 'ADMIN'));
    await expect(wish).rejects.toThrow(ForbiddenError);
    const { id, text } = await issue('ADMIN');
    await expect(own.apiKeys.revoke(viewer('TENANT_ADMIN'), id)).rejects.toThrow(ForbiddenError);
    expect(own.apiKeys.authenticate(text)).toBeDefined();
  });

  test('another tenant’s key is not found, except by an ADMIN', async () => {
    const { id, text } = await own.apiKeys.issue(viewer('ADMIN'), otherId, keyOf('AGENT'));
    await expect(own.apiKeys.revoke(viewer('TENANT_ADMIN'), id)).rejects.toThrow(NotFoundError);
    await expect(own.apiKeys.revoke(viewer('ADMIN'), 'unheard-of')).rejects.toThrow(NotFoundError);
    expect(own.apiKeys.authenticate(text)).toBeDefined();
    await own.apiKeys.revoke(viewer('ADMIN'), id);
    expect(own.apiKeys.authenticate(text)).toBeUndefined();
  });

  test('a key for a tenant that is not there is refused as not found', async () => {
    const nowhere = own.random.uuid();
    await expect(own.apiKeys.issue(viewer('ADMIN'), nowhere, keyOf('AGENT'))).rejects.toThrow(NotFoundError);
  });

  test('refuses a faulty wish, naming every field', async () => {
    const wish = {
      roles: [],
      label: 'x'.repeat(201),
      expiresAt: own.clock.now(),
      requestsPerMinute: 0,
      tokensPerMinute: -1,
    };
    const error = (await own.apiKeys
      .issue(viewer('ADMIN'), tenantId, wish)
      .catch((e: unknown) => e)) as InvalidInputError;
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.issues.map((issue) => issue.path[0])).toEqual(Object.keys(wish));
  });

  test('uses are written together every ten seconds, and the rest when the service ends', async () => {
    const [one, two] = [await issue('AGENT'), await issue('AGENT')];
    await using instance = await openTenants(open(), own.time);
    instance.apiKeys.authenticate(one.text);
    await own.time.advance(1_000);
    const usedAt = own.clock.now();
    instance.apiKeys.authenticate(one.text);
    expect((await row(one.id)).lastUsedAt).toBeNull();
    await own.time.advance(10_000);
    await expect.poll(async () => (await row(one.id)).lastUsedAt?.getTime()).toBe(usedAt);

    await own.time.advance(DAY_MS);
    instance.apiKeys.authenticate(two.text);
    await instance[Symbol.asyncDispose]();
    expect((await row(two.id)).lastUsedAt?.getTime()).toBe(own.clock.now());
    expect((await row(one.id)).lastUsedAt?.getTime()).toBe(usedAt);
  });
});
