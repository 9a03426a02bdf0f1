import type { CatalogView, ModelView } from '../../catalog/catalog-view.ts';
import { matcherOf } from '../../policies/model-pattern.ts';
import type { RoutingPolicy } from '../../policies/policy.ts';
import type { InputIssue } from '../../system/input/issues.ts';
import type { Checked } from '../../system/input/reader.ts';

/** Spaces that a message names. */
const TOLD = 5;

/**
 * The keys of the models that may turn a request's texts into vectors, by the patterns that it names (null: all that the
 * policy allows). They are all of one space, because vectors of several cannot be compared: which one a caller gets
 * depends on what it names and on the operator's lists alone, never on who is well at the moment. A simulated model
 * stands beside no real one.
 */
export function keysOfOneSpace(
  { models }: Pick<CatalogView, 'models'>,
  patterns: readonly string[] | null,
  policy: Pick<RoutingPolicy, 'allowedModels' | 'deniedModels'>,
): Checked<readonly string[]> {
  const isNamed = patterns === null ? () => true : matcherOf(patterns);
  const named = models.filter(
    ({ key, model }) =>
      model.archivedAt === null &&
      model.capabilities.includes('EMBEDDINGS') &&
      isNamed(model.providerSlug, key),
  );
  if (named.length === 0)
    return refused('must name a model that turns texts into vectors: one with EMBEDDINGS');
  const isAllowed = policy.allowedModels.length === 0 ? () => true : matcherOf(policy.allowedModels);
  const isDenied = matcherOf(policy.deniedModels);
  const allowed = orAll(
    named,
    ({ key, model }) => isAllowed(model.providerSlug, key) && !isDenied(model.providerSlug, key),
  );
  const real = orAll(allowed, ({ provider }) => provider.adapter !== 'simulated');
  const spaces = Map.groupBy(real, spaceOf);
  const [only] = spaces.values();
  if (spaces.size === 1 && only !== undefined) return { ok: true, value: only.map(({ key }) => key) };
  const names = [...spaces.values()].slice(0, TOLD).map(([first]) => first?.key ?? '');
  const more = spaces.size > TOLD ? ', …' : '';
  return refused(
    `must name models of one embedding space, since vectors of several cannot be compared: one of ${names.join(', ')}${more}`,
  );
}

/** Those that pass, unless none does: then the plan says of each why it is not called. */
function orAll(models: readonly ModelView[], passes: (model: ModelView) => boolean): readonly ModelView[] {
  const passing = models.filter(passes);
  return passing.length > 0 ? passing : models;
}

/** Of a model that shares none, its key is its own space; no name of a space has a slash before it. */
function spaceOf({ key, model: { embeddingSpace } }: ModelView): string {
  return embeddingSpace === null ? key : `/${embeddingSpace}`;
}

function refused(message: string): Checked<never> {
  const issues: readonly InputIssue[] = [{ path: ['models'], message }];
  return { ok: false, issues };
}
