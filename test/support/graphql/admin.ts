import { vi } from 'vitest';
import type { Role } from '../../../src/tenants/viewer.ts';
import { addHttpModel, type TestServer } from '../servers/server.ts';

/** How long a change may take to act elsewhere before a test gives up. */
const LONGEST_WAIT_MS = 10_000;

/** Resolves when a condition holds; rejects when it does not in time. */
export function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  return vi.waitUntil(condition, { timeout: LONGEST_WAIT_MS, interval: 10 }).then(() => undefined);
}

/** Gives the default tenant's policy another time limit. */
export async function setTimeLimit(server: TestServer, timeoutMs: number): Promise<void> {
  const { version } = await server.field<{ version: number }>('tenantPolicy', '{ tenantPolicy { version } }');
  const updated = await server.field<{ __typename: string }>(
    'updateTenantPolicy',
    `mutation ($input: UpdateTenantPolicyInput!) { updateTenantPolicy(input: $input) { __typename } }`,
    { input: { version, timeoutMs } },
  );
  if (updated.__typename !== 'UpdateTenantPolicyPayload') throw new Error(JSON.stringify(updated));
}

/** Adds a model that can be called, at an address where nobody is. */
export function addModel(server: TestServer, slug: string): Promise<void> {
  return addHttpModel(server, { slug, baseUrl: 'http://127.0.0.1:9/v1' });
}

/** Adds a tenant; returns its global id. */
export async function createTenant(server: TestServer, slug: string): Promise<string> {
  const mutation = `mutation ($slug: String!) { createTenant(input: { slug: $slug, name: $slug }) {
    ... on CreateTenantPayload { tenant { id } } } }`;
  const created = await server.field<{ tenant: { id: string } }>('createTenant', mutation, { slug });
  return created.tenant.id;
}

/** A key as it was issued. */
export interface NewKey {
  readonly id: string;
  readonly text: string;
}

/** Issues a key of a role; `tenantId` is a global id, absent: the admin's own tenant. */
export async function issueKey(server: TestServer, tenantId?: string, role: Role = 'AGENT'): Promise<NewKey> {
  const issued = await server.field<{ secret: string; apiKey: { id: string } }>(
    'issueApiKey',
    `mutation ($tenantId: ID, $role: Role!) { issueApiKey(input: { roles: [$role], tenantId: $tenantId }) {
      ... on IssueApiKeyPayload { secret apiKey { id } } } }`,
    { tenantId, role },
  );
  return { id: issued.apiKey.id, text: issued.secret };
}

/** Revokes a key for good. */
export async function revokeKey(server: TestServer, id: string): Promise<void> {
  const mutation = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { __typename } }';
  const revoked = await server.field<{ __typename: string }>('revokeApiKey', mutation, { id });
  if (revoked.__typename !== 'RevokeApiKeyPayload') throw new Error(JSON.stringify(revoked));
}

/** What a call would be planned with now: the policy's time limit, and the providers that would be considered. */
export async function previewOf(server: TestServer): Promise<{ timeoutMs: number; providers: string[] }> {
  const plan = await server.field<{ timeoutMs: number; ranked: { providerSlug: string }[] }>(
    'previewRoute',
    `{ previewRoute(input: { messages: [{ role: USER, content: "Hi" }] }) {
      ... on RoutingPlan { timeoutMs ranked { providerSlug } } } }`,
  );
  return { timeoutMs: plan.timeoutMs, providers: plan.ranked.map(({ providerSlug }) => providerSlug) };
}

/** Whether a key is let in. */
export async function admits(server: TestServer, key: string): Promise<boolean> {
  const { status, errors } = await server.ask('{ viewer { __typename } }', {}, key);
  return status === 200 && errors === undefined;
}
