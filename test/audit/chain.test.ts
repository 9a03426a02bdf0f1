import { describe, expect, it } from 'vitest';
import { genesisHead, writeDraft } from '../../src/audit/chain.ts';
import type { AuditDraft } from '../../src/audit/entry.ts';
import { nodeSha256 } from '../../src/system/digest.node.ts';
import { toHex } from '../../src/system/digest.ts';
import { chainEntries } from './chains.ts';

// Anyone can make these hashes again with a shell and sha256sum:
//
//   bytes() { printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }
//   tenant=018f3c2a7b5d7e108a4b1234567890ab
//   { printf 'switchyard/genesis/v1\0'; bytes $tenant; } | sha256sum                              # genesis
//   { printf 'switchyard/audit/v1\0'; bytes $tenant; bytes 0000000000000001; bytes <genesis>;
//     bytes $(printf %s '<canonical text>' | sha256sum | cut -c1-64); } | sha256sum               # entry 1
//   { printf 'switchyard/audit/v1\0'; bytes $tenant; bytes 0000000000000002; bytes <entry 1>;
//     bytes $(printf %s '<canonical text>' | sha256sum | cut -c1-64); } | sha256sum               # entry 2
const tenantId = '018f3c2a-7b5d-7e10-8a4b-1234567890ab';
const known = {
  genesis: '76e7fdc588ba95c90f2e44815636c0960fcb2040c1b2f17dfe8868653d7a3d99',
  first: {
    canonical:
      '{"actor":"system","at":"2026-11-22T10:00:00.000Z","id":"018f3c2a-7b5d-7e10-8a4b-000000000001",' +
      '"payload":{"slug":"acme"},"type":"tenant.created"}',
    hash: '0250b03f711ed5afcf14380e4d85de78e0be1da01ab96cbb2eff6d3db9d6754d',
  },
  second: {
    canonical:
      '{"actor":"key:abcd","at":"2026-11-22T10:00:01.000Z","id":"018f3c2a-7b5d-7e10-8a4b-000000000002",' +
      '"payload":{"to":"é","version":2},"type":"policy.changed"}',
    hash: 'f070f9cf6f2403e06c0391bf752154e4c65a199e12387127da1358273c41b1fc',
  },
};

const drafts: AuditDraft[] = [
  {
    id: '018f3c2a-7b5d-7e10-8a4b-000000000001',
    tenantId,
    type: 'tenant.created',
    at: Date.UTC(2026, 10, 22, 10, 0, 0),
    actor: 'system',
    payload: { slug: 'acme' },
  },
  {
    id: '018f3c2a-7b5d-7e10-8a4b-000000000002',
    tenantId,
    type: 'policy.changed',
    at: Date.UTC(2026, 10, 22, 10, 0, 1),
    actor: 'key:abcd',
    payload: { version: 2, to: 'é' },
  },
];

describe('a chain', () => {
  const genesis = genesisHead(nodeSha256, tenantId);

  it('begins with the tenant’s own genesis hash', () => {
    expect(genesis.seq).toBe(0);
    expect(toHex(genesis.hash)).toBe(known.genesis);
  });

  it('hashes each entry as sha256sum does', () => {
    const [first, second] = chainEntries(nodeSha256, [genesis], drafts.map(writeDraft));
    expect(first).toMatchObject({ seq: 1, type: 'tenant.created', canonical: known.first.canonical });
    expect(second).toMatchObject({ seq: 2, type: 'policy.changed', canonical: known.second.canonical });
    expect(toHex(first?.hash ?? new Uint8Array())).toBe(known.first.hash);
    expect(toHex(second?.hash ?? new Uint8Array())).toBe(known.second.hash);
  });

  it('grows in the order of the drafts, whatever their instants say', () => {
    const [later, earlier] = chainEntries(nodeSha256, [genesis], drafts.map(writeDraft).reverse());
    expect([later?.seq, later?.type, earlier?.seq]).toEqual([1, 'policy.changed', 2]);
    expect(earlier?.prevHash).toEqual(later?.hash);
  });

  it('of one tenant is not touched by another’s entries between', () => {
    const other = { ...(drafts[0] as AuditDraft), tenantId: '018f3c2a-7b5d-7e10-8a4b-ffffffffffff' };
    const heads = [genesis, genesisHead(nodeSha256, other.tenantId)];
    const mixed = [drafts[0] as AuditDraft, other, drafts[1] as AuditDraft];
    const entries = chainEntries(nodeSha256, heads, mixed.map(writeDraft));
    expect(entries.map((entry) => entry.seq)).toEqual([1, 1, 2]);
    expect(toHex(entries[2]?.hash ?? new Uint8Array())).toBe(known.second.hash);
    expect(entries[1]?.hash).not.toEqual(entries[0]?.hash);
  });
});
