import type { Capability } from '../../../src/catalog/model.ts';
import type { CatalogModel, CatalogProvider } from '../../../src/catalog/model.ts';
import { parseCatalogFile } from '../../../src/catalog/source/catalog-file.ts';
import { applySource } from '../../../src/catalog/source/catalog-source.ts';
import { readSourceDocument } from '../../../src/catalog/source/source-document.node.ts';
import type { SdkAdapter } from '../ai-sdk/asked.ts';

const { content, atsSource } = readSourceDocument(null);
const source = parseCatalogFile(content, atsSource);
if (!source.ok) throw new Error(JSON.stringify(source.issues));
const applied = applySource({ version: 0, providers: [], models: [] }, source.value, 0);
if (!applied.ok) throw new Error(JSON.stringify(applied.issues));

/** The providers of the built-in catalog that are called over a network. */
export const catalogProviders: readonly CatalogProvider[] = applied.value.providers.filter(
  ({ adapter }) => adapter !== 'simulated',
);

const adapters = new Map(catalogProviders.map(({ slug, adapter }) => [slug, adapter]));
const { models } = applied.value;

/** The models that the built-in catalog has for an adapter. */
export function modelsOf(adapter: SdkAdapter): readonly CatalogModel[] {
  return models.filter(({ providerSlug }) => adapters.get(providerSlug) === adapter);
}

/** What its models can, all together. */
export function capabilitiesOf(adapter: SdkAdapter): ReadonlySet<Capability> {
  return new Set(modelsOf(adapter).flatMap(({ capabilities }) => capabilities));
}
