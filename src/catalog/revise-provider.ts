import { isProviderSlug, PROVIDER_SLUG_FORM } from '../providers/model-key.ts';
import { checkBaseUrl, openOutbound, type OutboundRule } from '../providers/base-url.ts';
import { checkSettings, isSetting, settingForm, type SettingName } from '../providers/adapter-settings.ts';
import { adapters } from '../providers/provider.ts';
import { InputReader, type Checked } from '../system/input/reader.ts';
import { anything, integer, line, oneOf, text } from '../system/input/rules.ts';
import { MAX_CONCURRENT, MAX_REQUESTS_PER_MINUTE, MAX_TOKENS_PER_MINUTE } from './bounds.ts';
import { checkCredentialUse, type CredentialHosts } from './credential-hosts.ts';
import { CREDENTIAL_NAME_FORM, isCredentialName } from './credentials.ts';
import type { ProviderInput } from './input.ts';
import type { CatalogProvider } from './model.ts';

const slugRule = text(isProviderSlug, PROVIDER_SLUG_FORM);
const nameRule = line(1, 200);
const adapterRule = oneOf(adapters);
const credentialNameRule = text(isCredentialName, CREDENTIAL_NAME_FORM);
const settingRule = (name: SettingName) => text((value) => isSetting(name, value), settingForm(name));
const regionRule = settingRule('region');
const apiVersionRule = settingRule('apiVersion');
const projectRule = settingRule('project');
const requestsRule = integer(1, MAX_REQUESTS_PER_MINUTE);
const tokensRule = integer(1, MAX_TOKENS_PER_MINUTE);
const concurrentRule = integer(1, MAX_CONCURRENT);

/** What the operator of the environment allows of providers, whoever describes them. */
export interface ProviderRules extends OutboundRule {
  /** Null where the operator is the one who describes them. */
  readonly credentialHosts: CredentialHosts | null;
}

const operatorsRules: ProviderRules = { ...openOutbound, credentialHosts: null };

/**
 * The provider that an input makes of the present one (null: there is none yet). Naming an archived provider
 * brings it back. No issue repeats a value: people paste secrets into the wrong field.
 */
export function reviseProvider(
  current: CatalogProvider | null,
  raw: ProviderInput,
  rules: ProviderRules = operatorsRules,
): Checked<CatalogProvider> {
  const input = new InputReader(raw);
  const provider: CatalogProvider = {
    slug: input.required('slug', slugRule),
    name: input.kept('name', nameRule, current?.name ?? raw.slug),
    adapter: input.kept('adapter', adapterRule, current?.adapter),
    baseUrl: input.nullable('baseUrl', anything<string>(), current?.baseUrl),
    credentialName: input.nullable('credentialName', credentialNameRule, current?.credentialName),
    region: input.nullable('region', regionRule, current?.region),
    apiVersion: input.nullable('apiVersion', apiVersionRule, current?.apiVersion),
    project: input.nullable('project', projectRule, current?.project),
    enabled: input.kept('enabled', anything<boolean>(), current?.enabled ?? true),
    requestsPerMinute: input.nullable('requestsPerMinute', requestsRule, current?.requestsPerMinute),
    tokensPerMinute: input.nullable('tokensPerMinute', tokensRule, current?.tokensPerMinute),
    maxConcurrent: input.nullable('maxConcurrent', concurrentRule, current?.maxConcurrent),
    archivedAt: null,
  };
  // Judged last, and also when it is kept: what is right depends on the adapter.
  const baseUrlFault = input.isSound() ? checkBaseUrl(provider.adapter, provider.baseUrl, rules) : undefined;
  if (baseUrlFault !== undefined) input.refuse(baseUrlFault, 'baseUrl');
  const settingFault = input.isSound() ? checkSettings(provider.adapter, provider) : undefined;
  if (settingFault !== undefined) input.refuse(settingFault.message, settingFault.field);
  const credentialField = credentialFields.find((name) => raw[name] !== undefined);
  if (input.isSound() && rules.credentialHosts !== null && credentialField !== undefined) {
    const fault = checkCredentialUse(provider, rules.credentialHosts);
    if (fault !== undefined) input.refuse(fault, credentialField);
  }
  return input.checked(provider);
}

/**
 * What decides where a credential goes, the one to complain of first. What an input leaves alone is not judged again,
 * so that a provider which was there before the rule can be switched off; the rule is kept when it is called.
 */
const credentialFields = ['credentialName', 'baseUrl', 'region', 'adapter'] as const;
