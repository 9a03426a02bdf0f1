import type { CatalogView, ModelView } from '../../catalog/catalog-view.ts';
import { policyNames } from '../../policies/policy.ts';
import { matcherOf } from '../../policies/model-pattern.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import { AUTO, modelsNamed } from '../common/model-name.ts';

/** A name that a client may ask for. */
export interface ListedModel {
  readonly id: string;
  /** Who serves it; `switchyard`: whoever is chosen. */
  readonly ownedBy: string;
}

/** Whoever is chosen serves a pool. */
const OWN = 'switchyard';

/**
 * The names that a tenant's clients may ask for: `auto` and its variants first, then aliases, then models that its policy
 * allows and that are in use.
 */
export function listModels(
  catalog: CatalogView,
  policy: Pick<RoutingPolicy, 'allowedModels' | 'deniedModels'>,
): readonly ListedModel[] {
  const variants = [AUTO, ...policyNames.map((name) => `${AUTO}:${name}`)];
  const models = catalog.models.filter((view) => isOffered(view, policy));
  return [
    ...[...variants, ...catalog.aliases.keys()].map((id) => ({ id, ownedBy: OWN })),
    ...models.map(({ key, model }) => ({ id: key, ownedBy: model.providerSlug })),
  ];
}

/** The name, if a client may ask for it. Throws UnknownModelError. */
export function modelOf(id: string, catalog: CatalogView): ListedModel {
  const { models } = modelsNamed(id, catalog);
  const only = models?.length === 1 ? catalog.model(models[0] ?? '') : undefined;
  return { id, ownedBy: only?.model.providerSlug ?? OWN };
}

function isOffered(
  { key, model, facts }: ModelView,
  { allowedModels, deniedModels }: Pick<RoutingPolicy, 'allowedModels' | 'deniedModels'>,
): boolean {
  if (facts.disabledCause !== null) return false;
  const isAllowed = allowedModels.length === 0 || matcherOf(allowedModels)(model.providerSlug, key);
  return isAllowed && !matcherOf(deniedModels)(model.providerSlug, key);
}
