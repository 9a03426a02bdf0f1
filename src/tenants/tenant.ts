import type { InputIssue } from '../system/expected-error.ts';
import { isPrintable } from '../system/printable.ts';

/** Whose calls are routed, under one policy, with keys and an audit chain of their own. */
export interface Tenant {
  /** A UUID of version 7: later tenants have greater ids. */
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The tenant that the first start creates: home of the bootstrap key, never deleted. */
export const DEFAULT_TENANT_SLUG = 'default';

/** The name of the chain that belongs to no tenant. */
const PLATFORM_SLUG = 'platform';

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MAX_NAME_CHARACTERS = 200;

/** What is wrong with a new tenant's slug and name, as far as they themselves can tell. */
export function tenantIssues(input: Pick<Tenant, 'slug' | 'name'>): InputIssue[] {
  const issues: InputIssue[] = [];
  if (!SLUG.test(input.slug)) {
    issues.push({
      path: ['slug'],
      message: 'must be 1 to 63 lower-case letters, digits and hyphens, the first no hyphen',
    });
  }
  if (input.slug === PLATFORM_SLUG) issues.push(slugTaken);
  if (input.name.trim() === '' || [...input.name].length > MAX_NAME_CHARACTERS || !isPrintable(input.name)) {
    issues.push({ path: ['name'], message: `must have 1 to ${MAX_NAME_CHARACTERS} printable characters` });
  }
  return issues;
}

/** The issue of a slug that another tenant has. */
export const slugTaken: InputIssue = { path: ['slug'], message: 'belongs to another tenant' };
