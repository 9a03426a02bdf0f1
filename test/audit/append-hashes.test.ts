import fc from 'fast-check';
import { expect, it } from 'vitest';
import { appendEntries, readEntriesAfter } from '../../src/audit/audit.store.ts';
import { genesisHead, writeDraft } from '../../src/audit/chain.ts';
import type { AuditDraft } from '../../src/audit/entry.ts';
import type { Database } from '../../src/storage/database.ts';
import { inTransaction } from '../../src/storage/transaction.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import { chainEntries } from './chains.ts';

const random = createNodeRandom(() => Date.now());

/** Any text that has a canonical form: control characters, whatever JSON escapes, beyond the basic plane. */
const text = fc.string({ unit: 'binary', maxLength: 40 });

const payload = fc.record({
  text,
  list: fc.array(fc.oneof(text, fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.constant(null))),
  keys: fc.dictionary(text, fc.boolean(), { maxKeys: 5 }),
});

/** Payloads for one of three tenants each, appended in so many batches. */
const appended = fc.array(
  fc.array(fc.record({ tenant: fc.nat(2), payload }), { minLength: 1, maxLength: 12 }),
  { minLength: 1, maxLength: 3 },
);

const example = {
  text: 'quotes " \' \\ {a,b} $1 %s \u0000 \u2028 \u007f é e\u0301 😀 \uffff',
  list: ['\\u0000', '\\', null, 1e-7, -0],
  keys: { '': true, '\u{10ffff}': false },
};

async function chainOf({ prisma }: Database, tenantId: string) {
  const entries = await readEntriesAfter(prisma, tenantId, 0, 1000);
  return entries.map((entry) => ({
    ...entry,
    prevHash: toHex(entry.prevHash),
    hash: toHex(entry.hash),
  }));
}

describeOnEachDatabase('what the database appends', (open) => {
  it('is byte for byte the chain that the definition makes of the same drafts', async () => {
    await fc.assert(
      fc.asyncProperty(appended, async (batches) => {
        const tenants = [random.uuid(), random.uuid(), random.uuid()];
        const drafts = batches.map((batch) =>
          batch.map((item, index): AuditDraft => ({
            id: random.uuid(),
            tenantId: tenants[item.tenant] ?? '',
            type: 'policy.changed',
            at: index,
            actor: 'system',
            payload: item.payload,
          })),
        );
        for (const batch of drafts) await inTransaction(open().prisma, (tx) => appendEntries(tx, batch));
        const heads = tenants.map((tenantId) => genesisHead(nodeSha256, tenantId));
        const defined = chainEntries(nodeSha256, heads, drafts.flat().map(writeDraft));
        for (const tenantId of tenants) {
          const expected = defined.filter((entry) => entry.tenantId === tenantId);
          expect(await chainOf(open(), tenantId)).toEqual(
            expected.map((entry) => ({
              ...entry,
              prevHash: toHex(entry.prevHash),
              hash: toHex(entry.hash),
            })),
          );
        }
      }),
      { numRuns: 60, examples: [[[[{ tenant: 0, payload: example }]]]] },
    );
  }, 60_000);
});
