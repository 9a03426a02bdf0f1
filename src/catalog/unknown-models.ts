import { nearest } from '../system/nearest.ts';
import type { CatalogView } from './catalog-view.ts';

/** A pattern that means no model. */
export interface UnknownModel {
  /** Its place in the list. */
  readonly index: number;
  /** What is wrong with it, and what was perhaps meant. */
  readonly message: string;
}

/** What is wrong with slugs that no provider of the catalog has, archived ones included, and what was perhaps meant. */
export function unknownProviders(
  { providers, provider }: Pick<CatalogView, 'providers' | 'provider'>,
  slugs: readonly string[],
): readonly { readonly slug: string; readonly message: string }[] {
  const unknown = slugs.filter((slug) => provider(slug) === undefined);
  if (unknown.length === 0) return [];
  const names = providers.map((each) => each.provider.slug);
  return unknown.map((slug, index) => {
    const isHinted = names.length > 0 && index < MAX_HINTS;
    const hint = isHinted ? `; did you mean ${nearest(slug, names)}?` : '';
    return { slug, message: `is no provider of the catalog${hint}` };
  });
}

/** So many are compared with all that the catalog has; who is wrong more often than that did not misspell. */
const MAX_HINTS = 3;

/**
 * The patterns of a list that mean no model of the catalog, archived ones included, which are out of use and not
 * misspelt. Expects well-formed patterns.
 */
export function unknownModels(
  catalog: Pick<CatalogView, 'models' | 'providers' | 'model' | 'provider'>,
  patterns: readonly string[],
): UnknownModel[] {
  let hints = 0;
  return patterns.flatMap((pattern, index) => {
    const isProvider = pattern.endsWith('/*');
    const known = isProvider ? catalog.provider(pattern.slice(0, -2)) : catalog.model(pattern);
    if (known !== undefined) return [];
    const names = isProvider
      ? catalog.providers.map(({ provider }) => `${provider.slug}/*`)
      : catalog.models.filter(({ model }) => model.archivedAt === null).map(({ key }) => key);
    const isHinted = names.length > 0 && (hints += 1) <= MAX_HINTS;
    const hint = isHinted ? `; did you mean ${nearest(pattern, names)}?` : '';
    return [{ index, message: `is ${isProvider ? 'no provider' : 'no model'} of the catalog${hint}` }];
  });
}
