import type { InputIssue } from '../system/input/issues.ts';
import { InputReader, type Checked } from '../system/input/reader.ts';
import { line, text } from '../system/input/rules.ts';

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

/** The name of the tenant that is none: its chain keeps what belongs to no tenant. It has no row, no keys and no policy. */
export const PLATFORM_SLUG = 'platform';

const slugRule = text(
  (value) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(value),
  '1 to 63 lower-case letters, digits and hyphens, the first no hyphen',
);
const nameRule = line(1, 200);

/** What a new tenant is called, as far as its slug and name themselves can tell. */
export function checkTenant(raw: Pick<Tenant, 'slug' | 'name'>): Checked<Pick<Tenant, 'slug' | 'name'>> {
  const input = new InputReader(raw);
  const slug = input.required('slug', slugRule);
  if (slug === PLATFORM_SLUG) input.refuse(slugTaken.message, ...slugTaken.path);
  return input.checked({ slug, name: input.required('name', nameRule) });
}

/** The issue of a slug that another tenant has. */
export const slugTaken: InputIssue = { path: ['slug'], message: 'belongs to another tenant' };
