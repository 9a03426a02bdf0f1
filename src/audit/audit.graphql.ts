import { builder } from '../graphql/builder.ts';
import {
  connectionArgs,
  connectionComplexity,
  defineConnection,
  pageRequest,
  toPage,
} from '../graphql/connection.ts';
import { lostCursor } from '../events/lost-cursor.ts';
import type { Place } from '../events/resume.ts';
import { requirePrintable } from '../graphql/require-printable.ts';
import { toHex } from '../system/digest.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { isUuid, NIL_UUID } from '../system/input/uuid.ts';
import { mayDo } from '../tenants/permissions.ts';
import { knownTenantId } from '../tenants/tenant.store.ts';
import type { Verification } from './audit.service.ts';
import { holdsEntry, listEntries, type AuditEntryRow } from './audit.store.ts';
import type { JsonValue } from '../system/json.ts';

/** What the canonical text of an entry says. */
interface CanonicalEntry {
  readonly actor: string;
  readonly at: string;
  readonly payload: JsonValue;
}

const read = (entry: AuditEntryRow) => JSON.parse(entry.canonical) as CanonicalEntry;

const AuditEntryRef = builder.prismaNode('AuditEntry', {
  description: 'Something that happened, in a tenant’s tamper-evident chain.',
  authScopes: { may: 'readTenant' },
  nullable: true,
  id: { field: 'id', description: 'The entry’s global id.' },
  findUnique: (id, { viewer }) => ({
    id: isUuid(id) ? id : NIL_UUID,
    ...(mayDo(viewer.roles, 'actForAnyTenant') ? {} : { tenantId: viewer.tenantId }),
  }),
  fields: (t) => ({
    seq: t.field({
      type: 'SafeInt',
      description: 'Its place in the chain, from 1 and without gaps. Order by this, never by `at`.',
      resolve: (entry) => entry.seq,
    }),
    type: t.exposeString('type', {
      description: 'What happened, e.g. `policy.changed`. Types may be added.',
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When it happened, by the clock of the instance that wrote it.',
      resolve: (entry) => new Date(read(entry).at),
    }),
    actor: t.string({
      description: 'Who did it: `key:<id>` for an API key, `jwt:<subject>` for a token, or `system`.',
      resolve: (entry) => read(entry).actor,
    }),
    actorLabel: t.string({
      nullable: true,
      description:
        'What the key of `actor` is for, as its label says; null: it has none, or is gone with its tenant.',
      resolve: async (entry, _, { viewer, services }) => {
        const [, keyId] = /^key:(.+)$/.exec(read(entry).actor) ?? [];
        if (keyId === undefined) return null;
        // Prisma looks for all keys of a page in one statement.
        const where = { where: { id: keyId }, select: { label: true } };
        return (await services.database.reads.of(viewer.tenantId).apiKey.findUnique(where))?.label ?? null;
      },
    }),
    payload: t.field({
      type: 'JSON',
      description: 'What happened, in detail. Prompts and answers are here as their SHA-256 only.',
      resolve: (entry) => read(entry).payload,
    }),
    hash: t.string({
      description:
        'SHA-256 over the chain’s tenant, `seq`, `prevHash` and `canonical`, in lower-case hexadecimal.',
      resolve: (entry) => toHex(entry.hash),
    }),
    prevHash: t.string({
      description: 'The hash of the entry before; that of the tenant’s genesis for the first.',
      resolve: (entry) => toHex(entry.prevHash),
    }),
    canonical: t.exposeString('canonical', {
      description: 'The text that was hashed, by RFC 8785, byte for byte.',
    }),
  }),
});

/** Verifying reads a whole chain: more than a handful in one operation is too much. */
const VERIFY_COMPLEXITY = 30_000;

const AuditEntryConnection = defineConnection<AuditEntryRow>('AuditEntry', AuditEntryRef);

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditEntryConnection,
    nullable: true,
    description:
      'A tenant’s audit chain, newest first; null when there never was such a tenant, or it is not the caller’s to see.',
    authScopes: { may: 'readTenant' },
    complexity: connectionComplexity,
    args: {
      tenantId: t.arg.globalID({
        description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.',
      }),
      type: t.arg.string({ description: 'Only entries of this type, e.g. `policy.changed`.' }),
      sinceSeq: t.arg({ type: 'SafeInt', description: 'Only entries from this place on.' }),
      ...connectionArgs,
    },
    resolve: async (_, args, { viewer, services }) => {
      const tenantId = await knownTenantId(
        services.database.reads.of(viewer.tenantId),
        viewer,
        args.tenantId,
      );
      if (tenantId === undefined) return null;
      const page = pageRequest(args);
      requirePrintable({ type: args.type });
      const before = placeOf(page.after);
      if (
        before !== null &&
        !(await holdsEntry(services.database.reads.of(viewer.tenantId), tenantId, before))
      )
        throw lostCursor();
      const range = {
        beforeSeq: before?.seq ?? null,
        fromSeq: args.sinceSeq ?? 1,
        type: args.type ?? null,
      };
      const rows = await listEntries(
        services.database.reads.of(viewer.tenantId),
        tenantId,
        range,
        page.first + 1,
      );
      return toPage(page, rows, cursorOf);
    },
  }),
);

/** A place in a chain and, so that it is known from another entry that has its seq, how the entry's hash begins. */
function cursorOf({ seq, hash }: AuditEntryRow): string {
  return `${seq}.${toHex(hash).slice(0, 8)}`;
}

/** Earlier cursors had no mark. */
function placeOf(after: string | null): Place | null {
  if (after === null) return null;
  const [, digits, mark = null] = /^(\d{1,16})(?:\.([0-9a-f]{8}))?$/.exec(after) ?? [];
  const seq = Number(digits);
  if (Number.isSafeInteger(seq) && seq > 0) return { seq, mark };
  throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
}

const AuditVerificationRef = builder.objectRef<Verification>('AuditVerification').implement({
  description: 'What checking every entry of a chain has shown.',
  fields: (t) => ({
    ok: t.boolean({
      description: 'Whether every entry stands as it was appended.',
      resolve: ({ fault }) => fault === null,
    }),
    checked: t.field({
      type: 'SafeInt',
      description: 'How many entries were found sound, before the broken one if there is one.',
      resolve: ({ checked }) => checked,
    }),
    headSeq: t.field({
      type: 'SafeInt',
      description: 'How many entries the chain had when the check began.',
      resolve: ({ headSeq }) => headSeq,
    }),
    headHash: t.exposeString('headHash', { description: 'The hash of the newest entry at that time.' }),
    firstBrokenSeq: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Where the chain breaks first: an entry that is edited, missing, moved or foreign.',
      resolve: ({ fault }) => fault?.seq ?? null,
    }),
    detail: t.string({
      nullable: true,
      description: 'What is wrong there, in a sentence.',
      resolve: ({ fault }) => fault?.detail ?? null,
    }),
    expectedHash: t.string({
      nullable: true,
      description: 'The hash that the rest of the chain calls for there, as far as it tells.',
      resolve: ({ fault }) => fault?.expectedHash ?? null,
    }),
    foundHash: t.string({
      nullable: true,
      description: 'The hash that is stored there; null when there is no entry.',
      resolve: ({ fault }) => fault?.foundHash ?? null,
    }),
    anchoredUpToSeq: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The newest entry that a signed checkpoint vouches for; null: no checkpoint does.',
      resolve: () => null,
    }),
  }),
});

builder.queryField('verifyAuditChain', (t) =>
  t.field({
    type: AuditVerificationRef,
    nullable: true,
    description:
      'Hashes a tenant’s chain again, or a part of it; null when there never was such a tenant, or it is not the caller’s to see.',
    authScopes: { may: 'readTenant' },
    complexity: VERIFY_COMPLEXITY,
    args: {
      tenantId: t.arg.globalID({
        description: 'Absent: the caller’s own tenant. Naming another needs ADMIN.',
      }),
      fromSeq: t.arg({ type: 'SafeInt', description: 'The first entry to check; absent: the first of all.' }),
      toSeq: t.arg({ type: 'SafeInt', description: 'The last entry to check; absent: the head.' }),
    },
    resolve: async (_, { tenantId: named, fromSeq, toSeq }, { viewer, services }) => {
      const { reads } = services.database;
      const db = reads.of(viewer.tenantId);
      const tenantId = await knownTenantId(db, viewer, named);
      if (tenantId === undefined) return null;
      const range = { fromSeq: fromSeq ?? null, toSeq: toSeq ?? null };
      return reads.heavy(viewer.tenantId, () => services.audit.verify(tenantId, range, db));
    },
  }),
);
