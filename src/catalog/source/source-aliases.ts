import { isModelPattern } from '../../policies/model-pattern.ts';
import { PATTERN_MESSAGE } from '../../policies/policy-fields.ts';
import { modelKey } from '../../providers/model-key.ts';
import { nearest } from '../../system/nearest.ts';
import type { InputIssue } from '../../system/input/issues.ts';
import { MAX_ALIASES, MAX_MODELS_PER_ALIAS } from '../bounds.ts';
import type { Catalog, ModelAlias } from '../model.ts';

/** What aliases may name: rows of the catalog as the source leaves them. */
export type Rows = Pick<Catalog, 'providers' | 'models'>;

/** What an alias may be called. `auto` and what begins with `auto:` mean something already. */
const NAME = /^(?!auto(:|$))[!-~]{1,200}$/;

/** What is wrong with the aliases of a source, by their place in it. */
export function aliasIssues(
  aliases: readonly ModelAlias[],
  { providers, models }: Rows,
): readonly InputIssue[] {
  if (aliases.length > MAX_ALIASES) {
    return [{ path: ['aliases'], message: `must have at most ${MAX_ALIASES} entries` }];
  }
  const known = new Set([
    ...providers.map(({ slug }) => `${slug}/*`),
    ...models.map(({ providerSlug, slug }) => modelKey(providerSlug, slug)),
  ]);
  return aliases.flatMap(({ name, models: patterns }) => {
    const issues: InputIssue[] = [];
    const refuse = (message: string, ...path: string[]) =>
      issues.push({ path: ['aliases', name, ...path], message });
    if (!NAME.test(name))
      refuse('must be 1 to 200 printable ASCII characters without spaces, and not `auto` or `auto:…`');
    if (patterns.length === 0 || patterns.length > MAX_MODELS_PER_ALIAS)
      refuse(`must name 1 to ${MAX_MODELS_PER_ALIAS} models`);
    patterns.forEach((pattern, index) => {
      if (!isModelPattern(pattern)) refuse(PATTERN_MESSAGE, String(index));
      else if (!known.has(pattern))
        refuse(`is nothing of the catalog; did you mean ${nearest(pattern, [...known])}?`, String(index));
    });
    return issues;
  });
}

/** The aliases of a source, in order of name; undefined: it leaves those as they are that there are already. */
export function changedAliases(
  present: readonly ModelAlias[] | undefined,
  described: readonly ModelAlias[] | null,
): readonly ModelAlias[] | undefined {
  if (described === null) return undefined;
  const inOrder = described.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return JSON.stringify(inOrder) === JSON.stringify(present ?? []) ? undefined : inOrder;
}
