import type { CatalogView } from '../../catalog/catalog-view.ts';
import { standInsServe, type CallRules } from '../../catalog/policy-refusal.ts';

/**
 * Whether simulated models answer under a tenant's policy. What was found is kept for as long as the catalog and the
 * policy are as they are: the same objects.
 */
export function createStandInRule(): (catalog: CatalogView, tenantRules: CallRules) => boolean {
  let known: { readonly catalog: CatalogView; readonly found: WeakMap<CallRules, boolean> } | undefined;
  return (catalog, tenantRules) => {
    if (known?.catalog !== catalog) known = { catalog, found: new WeakMap() };
    const found = known.found.get(tenantRules);
    if (found !== undefined) return found;
    const serve = standInsServe(factsOf(catalog), tenantRules);
    known.found.set(tenantRules, serve);
    return serve;
  };
}

function* factsOf({ models }: CatalogView) {
  for (const { facts } of models) yield facts;
}
