import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { Adapter } from '../../providers/provider.ts';
import type { JsonObject } from '../../system/json.ts';

/** As many as a request may have options for. */
export const MOST_PROVIDERS = 16;

/** The slugs of providers in use that speak a dialect. */
export function speakersOf(
  { providers }: Pick<CatalogView, 'providers'>,
  adapter: Adapter,
): readonly string[] {
  return providers
    .filter(({ provider }) => provider.adapter === adapter && provider.archivedAt === null)
    .map(({ provider }) => provider.slug)
    .slice(0, MOST_PROVIDERS);
}

/** Options for each of these providers' adapter; undefined: there are none. */
export function optionsFor(slugs: readonly string[], options: JsonObject): JsonObject | undefined {
  if (Object.keys(options).length === 0 || slugs.length === 0) return undefined;
  return Object.fromEntries(slugs.map((slug) => [slug, options]));
}
