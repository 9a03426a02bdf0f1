import type { ModelInput, ProviderInput } from '../../src/catalog/input.ts';
import type { CatalogModel, CatalogProvider } from '../../src/catalog/model.ts';
import { reviseModel } from '../../src/catalog/revise-model.ts';
import { reviseProvider } from '../../src/catalog/revise-provider.ts';

export const acme: ProviderInput = { slug: 'acme', adapter: 'openai' };
export const small: ModelInput = {
  providerSlug: 'acme',
  modelSlug: 'small',
  contextWindowTokens: 8000,
  maxOutputTokens: 1000,
  inputUsdPerMillionTokens: 0.29,
  outputUsdPerMillionTokens: 1.1,
};

export function provider(
  input: Partial<ProviderInput>,
  current: CatalogProvider | null = null,
): CatalogProvider {
  const revision = reviseProvider(current, { ...acme, ...input });
  if (!revision.ok) throw new Error(JSON.stringify(revision.issues));
  return revision.value;
}

export function model(
  input: Partial<ModelInput>,
  current: CatalogModel | null = null,
  now = 1,
): CatalogModel {
  const revision = reviseModel(current, { ...(current === null ? small : key), ...input }, now);
  if (!revision.ok) throw new Error(JSON.stringify(revision.issues));
  return revision.value;
}

export const key = { providerSlug: 'acme', modelSlug: 'small' };

/** The paths and messages of what is wrong, `field: message`. */
export function faults(
  revision: ReturnType<typeof reviseProvider> | ReturnType<typeof reviseModel>,
): string[] {
  return revision.ok ? [] : revision.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

export const providerFaults = (input: object) => faults(reviseProvider(null, { ...acme, ...input }));
export const modelFaults = (input: object) => faults(reviseModel(null, { ...small, ...input }, 1));
