import { nearest } from '../system/nearest.ts';
import type { CatalogView } from './catalog-view.ts';

/** A pattern that means no model. */
export interface UnknownModel {
  /** Its place in the list. */
  readonly index: number;
  /** What is wrong with it, and what was perhaps meant. */
  readonly message: string;
}

/**
 * The patterns of a list that mean no model of the catalog, archived ones included, which are out of use and not
 * misspelt. Expects well-formed patterns.
 */
export function unknownModels(
  catalog: Pick<CatalogView, 'models' | 'providers' | 'model' | 'provider'>,
  patterns: readonly string[],
): UnknownModel[] {
  return patterns.flatMap((pattern, index) => {
    const isProvider = pattern.endsWith('/*');
    const known = isProvider ? catalog.provider(pattern.slice(0, -2)) : catalog.model(pattern);
    if (known !== undefined) return [];
    const names = isProvider
      ? catalog.providers.map(({ provider }) => `${provider.slug}/*`)
      : catalog.models.filter(({ model }) => model.archivedAt === null).map(({ key }) => key);
    const hint = names.length === 0 ? '' : `; did you mean ${nearest(pattern, names)}?`;
    return [{ index, message: `is ${isProvider ? 'no provider' : 'no model'} of the catalog${hint}` }];
  });
}
