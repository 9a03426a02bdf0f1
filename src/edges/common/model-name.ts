import type { CatalogView } from '../../catalog/catalog-view.ts';
import { taskTypeRule } from '../../catalog/revise-ats.ts';
import { policyNames, type PolicyName } from '../../policies/policy.ts';
import { isModelPattern } from '../../policies/model-pattern.ts';
import { NotFoundError } from '../../system/expected-error.ts';
import { nearest } from '../../system/nearest.ts';

/** The name that leaves the choice to the tenant's policy. */
export const AUTO = 'auto';

/** What a model's name in a client's request asks for: fields of a routed call. */
export interface NamedModels {
  /** Absent: any that the policy allows. */
  readonly models?: readonly string[];
  readonly policyName?: PolicyName;
  readonly taskType?: string;
}

/** What of the catalog names are looked up in. */
export type KnownModels = Pick<CatalogView, 'models' | 'model' | 'provider' | 'providers' | 'aliases'>;

/** No model, and no pool of models, has the name that a caller asks for. */
export class UnknownModelError extends NotFoundError {}

/**
 * What a name means: `auto`, `auto:` with a preset or a task type, an alias of the catalog, `provider/model`,
 * `provider/*`, or the bare name of a model that any providers serve. Throws UnknownModelError, which names the nearest.
 */
export function modelsNamed(name: string, catalog: KnownModels): NamedModels {
  if (name === AUTO) return {};
  const alias = catalog.aliases.get(name);
  if (alias !== undefined) return { models: alias };
  if (name.startsWith(`${AUTO}:`)) return variantNamed(name);
  if (catalog.model(name) !== undefined) return { models: [name] };
  if (name.endsWith('/*') && catalog.provider(name.slice(0, -2)) !== undefined) return { models: [name] };
  const served = catalog.models.filter(({ model }) => model.slug === name && model.archivedAt === null);
  if (served.length > 0) return { models: served.map(({ key }) => key) };
  throw new UnknownModelError(`There is no model of this name; did you mean ${nearestName(name, catalog)}?`);
}

function variantNamed(name: string): NamedModels {
  const variant = name.slice(AUTO.length + 1);
  const policyName = policyNames.find((each) => each === variant);
  if (policyName !== undefined) return { policyName };
  if (taskTypeRule.read(variant) !== undefined) return { taskType: variant };
  throw new UnknownModelError(
    `After \`auto:\` stands a preset (${policyNames.join(', ')}) or a type of task.`,
  );
}

/** What was perhaps meant, among names of the same kind. */
function nearestName(name: string, { models, providers, aliases }: KnownModels): string {
  const present = models.filter(({ model }) => model.archivedAt === null);
  if (isModelPattern(name) && name.endsWith('/*')) {
    return nearest(
      name,
      providers.map(({ provider }) => `${provider.slug}/*`),
    );
  }
  const isKey = name.includes('/');
  const names = present.map(({ key, model }) => (isKey ? key : model.slug));
  return nearest(name, [AUTO, ...aliases.keys(), ...names]);
}
