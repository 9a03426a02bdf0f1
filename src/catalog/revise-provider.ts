import { checkBaseUrl } from '../providers/base-url.ts';
import { adapters } from '../providers/provider.ts';
import { MAX_REQUESTS_PER_MINUTE, MAX_TOKENS_PER_MINUTE } from './bounds.ts';
import { credentialNameForm, isCredentialName } from './credentials.ts';
import {
  createFieldReader,
  displayText,
  integer,
  oneOf,
  text,
  toggle,
  type Revision,
} from './field-rules.ts';
import type { ProviderInput } from './input.ts';
import type { CatalogProvider } from './model.ts';
import { isProviderSlug, providerSlugForm } from './slugs.ts';

const slugRule = text(isProviderSlug, providerSlugForm);
const credentialNameRule = text(isCredentialName, credentialNameForm);
const requestsRule = integer(1, MAX_REQUESTS_PER_MINUTE);
const tokensRule = integer(1, MAX_TOKENS_PER_MINUTE);

/**
 * The provider that an input makes of the present one (null: there is none yet). Naming an archived provider
 * brings it back. No issue repeats a value: people paste secrets into the wrong field.
 */
export function reviseProvider(
  current: CatalogProvider | null,
  input: ProviderInput,
): Revision<CatalogProvider> {
  const { issues, read } = createFieldReader(input);
  const provider: CatalogProvider = {
    slug: read('slug', slugRule, { kept: undefined }),
    name: read('name', displayText, { kept: current?.name ?? input.slug }),
    adapter: read('adapter', oneOf(adapters), { kept: undefined }),
    baseUrl: read('baseUrl', (value) => ({ value }), { kept: current?.baseUrl ?? null, cleared: null }),
    credentialName: read('credentialName', credentialNameRule, {
      kept: current?.credentialName ?? null,
      cleared: null,
    }),
    enabled: read('enabled', toggle, { kept: current?.enabled ?? true }),
    requestsPerMinute: read('requestsPerMinute', requestsRule, {
      kept: current?.requestsPerMinute ?? null,
      cleared: null,
    }),
    tokensPerMinute: read('tokensPerMinute', tokensRule, {
      kept: current?.tokensPerMinute ?? null,
      cleared: null,
    }),
    archivedAt: null,
  };
  // Judged last, and also when it is kept: what is right depends on the adapter.
  const baseUrlFault = issues.length === 0 ? checkBaseUrl(provider.adapter, provider.baseUrl) : undefined;
  if (baseUrlFault !== undefined) issues.push({ path: ['baseUrl'], message: baseUrlFault });
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: provider };
}
