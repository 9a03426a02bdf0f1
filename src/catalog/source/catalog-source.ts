import type { JsonObject } from '../../system/json.ts';
import { modelKey } from '../../providers/model-key.ts';
import type { InputIssue } from '../../system/input/issues.ts';
import type { Checked } from '../../system/input/reader.ts';
import type { ModelInput, ProviderInput } from '../input.ts';
import type { AtsScore, Catalog, CatalogModel, CatalogProvider, ModelAlias } from '../model.ts';
import { sortScores } from '../revise-ats.ts';
import { reviseModel } from '../revise-model.ts';
import { reviseProvider } from '../revise-provider.ts';
import { openOutbound, type OutboundRule } from '../../providers/base-url.ts';
import { aliasIssues, changedAliases } from './source-aliases.ts';
import { createSourceTable } from './source-table.ts';

/** Providers and models that are described outside the database: the built-in catalog or the operator's file. */
export interface CatalogSource {
  /** The source that its ATS scores carry. */
  readonly atsSource: AtsSource;
  /** Archives what the source does not name. */
  readonly prune: boolean;
  readonly providers: readonly SourceProvider[];
  /** In the place of all that there are; absent or null: it says nothing of them. */
  readonly aliases?: readonly ModelAlias[] | null;
}

export interface SourceProvider {
  readonly provider: ProviderInput;
  readonly models: readonly ModelInput[];
}

/** The text of a catalog, YAML or JSON, and what marks the ATS scores that come from it. */
export interface SourceDocument {
  readonly content: string;
  readonly atsSource: AtsSource;
}

/** How the scores of the built-in catalog (guesses) and of the operator's file are marked. */
export const atsSources = { builtIn: 'prior', file: 'catalog-file' } as const;

export type AtsSource = (typeof atsSources)[keyof typeof atsSources];

// A file knows better than a guess. Whatever has another source was measured, and no source replaces it.
const replaces: Record<AtsSource, readonly string[]> = {
  prior: [atsSources.builtIn],
  'catalog-file': [atsSources.builtIn, atsSources.file],
};

/** The rows that a source makes new or different, in the order in which it names them; nothing else is touched. */
export interface SourceChanges {
  readonly providers: readonly CatalogProvider[];
  readonly models: readonly CatalogModel[];
  /** All of them; absent: they stay as they are. */
  readonly aliases?: readonly ModelAlias[];
}

/**
 * What applying a source to a catalog changes, at `now` (milliseconds since the epoch): an upsert by key under the
 * rules of the mutations. Issues name their place in the source (`providers`, `0`, `models`, `2`, `slug`).
 */
export function applySource(
  catalog: Catalog,
  source: CatalogSource,
  now: number,
  outbound: OutboundRule = openOutbound,
): Checked<SourceChanges> {
  const rules = { ...outbound, credentialHosts: null };
  const providers = createSourceTable(catalog.providers, (provider) => provider.slug);
  const models = createSourceTable(catalog.models, keyOf);
  source.providers.forEach(({ provider, models: inputs }, position) => {
    const path = ['providers', String(position)];
    const { slug } = provider;
    providers.add(path, slug, reviseProvider(providers.former(slug), provider, rules));
    inputs.forEach((input, index) => {
      const key = modelKey(slug, input.modelSlug);
      const revision = reviseSourceModel(models.former(key), input, source.atsSource, now);
      models.add([...path, 'models', String(index)], key, revision);
    });
  });
  const aliases = source.aliases ?? null;
  const rows = { providers: providers.all(), models: models.all() };
  const issues = [...providers.issues, ...models.issues, ...aliasIssues(aliases ?? [], rows)];
  if (issues.length > 0) return { ok: false, issues };
  if (source.prune) {
    providers.archiveUnnamed(now);
    models.archiveUnnamed(now);
  }
  const changed = changedAliases(catalog.aliases, aliases);
  return {
    ok: true,
    value: {
      providers: providers.changed(),
      models: models.changed(),
      ...(changed !== undefined && { aliases: changed }),
    },
  };
}

/** What a source changed, by name: the rows themselves stand in the source, which the digest identifies. */
export function describeChanges(source: CatalogSource, sha256: string, changes: SourceChanges): JsonObject {
  const [providers, archivedProviders] = splitArchived(changes.providers, (provider) => provider.slug);
  const [models, archivedModels] = splitArchived(changes.models, keyOf);
  const name = source.atsSource === atsSources.builtIn ? 'built-in' : 'file';
  const described = { source: name, sha256, providers, models, archivedProviders, archivedModels };
  if (changes.aliases === undefined) return described;
  return {
    ...described,
    aliases: Object.fromEntries(changes.aliases.map((each) => [each.name, each.models])),
  };
}

function splitArchived<Row extends { readonly archivedAt: number | null }>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
): [inUse: string[], archived: string[]] {
  const inUse = rows.filter((row) => row.archivedAt === null).map(nameOf);
  return [inUse, rows.filter((row) => row.archivedAt !== null).map(nameOf)];
}

function keyOf(model: CatalogModel): string {
  return modelKey(model.providerSlug, model.slug);
}

function reviseSourceModel(
  current: CatalogModel | null,
  input: ModelInput,
  atsSource: AtsSource,
  now: number,
): Checked<CatalogModel> {
  const ats = input.ats?.map((score) => ({ ...score, source: atsSource }));
  const revision = reviseModel(current, ats === undefined ? input : { ...input, ats }, now);
  if (!revision.ok) return { ok: false, issues: revision.issues.map((issue) => nameTaskType(input, issue)) };
  if (input.ats === undefined) return revision;
  return {
    ok: true,
    value: { ...revision.value, ats: mergeScores(current?.ats ?? [], revision.value.ats, atsSource) },
  };
}

/** A source's scores stand in a map by task type, an input's in a list. */
function nameTaskType(input: ModelInput, issue: InputIssue): InputIssue {
  const [field, index] = issue.path;
  const taskType = field === 'ats' && index !== undefined ? input.ats?.[Number(index)]?.taskType : undefined;
  return taskType === undefined ? issue : { path: ['ats', taskType], message: issue.message };
}

/** A source's scores, and beside them, unharmed, those that it may not replace. */
function mergeScores(
  current: readonly AtsScore[],
  described: readonly AtsScore[],
  atsSource: AtsSource,
): readonly AtsScore[] {
  const kept = current.filter((score) => !replaces[atsSource].includes(score.source));
  const isKept = new Set(kept.map((score) => score.taskType));
  return sortScores([...kept, ...described.filter((score) => !isKept.has(score.taskType))]);
}
