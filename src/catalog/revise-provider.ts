import { isProviderSlug, PROVIDER_SLUG_FORM } from '../providers/model-key.ts';
import { checkBaseUrl } from '../providers/base-url.ts';
import { adapters } from '../providers/provider.ts';
import { InputReader, type Checked } from '../system/input/reader.ts';
import { anything, integer, line, oneOf, text } from '../system/input/rules.ts';
import { MAX_REQUESTS_PER_MINUTE, MAX_TOKENS_PER_MINUTE } from './bounds.ts';
import { CREDENTIAL_NAME_FORM, isCredentialName } from './credentials.ts';
import type { ProviderInput } from './input.ts';
import type { CatalogProvider } from './model.ts';

const slugRule = text(isProviderSlug, PROVIDER_SLUG_FORM);
const nameRule = line(1, 200);
const adapterRule = oneOf(adapters);
const credentialNameRule = text(isCredentialName, CREDENTIAL_NAME_FORM);
const requestsRule = integer(1, MAX_REQUESTS_PER_MINUTE);
const tokensRule = integer(1, MAX_TOKENS_PER_MINUTE);

/**
 * The provider that an input makes of the present one (null: there is none yet). Naming an archived provider
 * brings it back. No issue repeats a value: people paste secrets into the wrong field.
 */
export function reviseProvider(
  current: CatalogProvider | null,
  raw: ProviderInput,
): Checked<CatalogProvider> {
  const input = new InputReader(raw);
  const provider: CatalogProvider = {
    slug: input.required('slug', slugRule),
    name: input.kept('name', nameRule, current?.name ?? raw.slug),
    adapter: input.kept('adapter', adapterRule, current?.adapter),
    baseUrl: input.nullable('baseUrl', anything<string>(), current?.baseUrl),
    credentialName: input.nullable('credentialName', credentialNameRule, current?.credentialName),
    enabled: input.kept('enabled', anything<boolean>(), current?.enabled ?? true),
    requestsPerMinute: input.nullable('requestsPerMinute', requestsRule, current?.requestsPerMinute),
    tokensPerMinute: input.nullable('tokensPerMinute', tokensRule, current?.tokensPerMinute),
    archivedAt: null,
  };
  // Judged last, and also when it is kept: what is right depends on the adapter.
  const baseUrlFault = input.isSound() ? checkBaseUrl(provider.adapter, provider.baseUrl) : undefined;
  if (baseUrlFault !== undefined) input.refuse(baseUrlFault, 'baseUrl');
  return input.checked(provider);
}
