import type { Db, Tx } from '../storage/database.ts';
import type * as Prisma from '../storage/generated/prisma/models.ts';
import { isModelSlug, isProviderSlug, modelKey } from '../providers/model-key.ts';
import type { Adapter } from '../providers/provider.ts';
import { loadAliases, replaceAliases } from './alias.store.ts';
import type { SourceChanges } from './source/catalog-source.ts';
import type { AtsScore, Capability, Catalog, CatalogModel, CatalogProvider } from './model.ts';
import { pricesOf, type PriceEntry } from './prices/price.ts';
import { sortScores } from './revise-ats.ts';
import { packEfforts, unpackEfforts, type MaxTokensParameter } from './traits.ts';

type ProviderRow = Prisma.ProviderModel;
type AtsScoreRow = Prisma.AtsScoreModel;
type ModelRow = Prisma.ModelModel & { readonly atsScores: readonly AtsScoreRow[] };

/** The whole catalog, which the caller knows to be of (at least) this version. */
export async function loadCatalog(db: Db, version: number): Promise<Catalog> {
  const providers = await db.provider.findMany();
  const models = await db.model.findMany({ include: { atsScores: true } });
  const aliases = await loadAliases(db);
  // Ordered here: a database orders texts by its own collation.
  return {
    version,
    providers: inOrder(providers.map(toProvider), (provider) => provider.slug),
    models: inOrder(models.map(toModel), keyOf),
    aliases,
  };
}

/** A provider, or null when there is none of that slug. */
export async function loadProvider(db: Db, slug: string): Promise<CatalogProvider | null> {
  if (!isProviderSlug(slug)) return null;
  const row = await db.provider.findUnique({ where: { slug } });
  return row === null ? null : toProvider(row);
}

/** A model, or null when there is none of that key. */
export async function loadModel(db: Db, providerSlug: string, slug: string): Promise<CatalogModel | null> {
  if (!isProviderSlug(providerSlug) || !isModelSlug(slug)) return null;
  const row = await db.model.findUnique({
    where: { providerSlug_slug: { providerSlug, slug } },
    include: { atsScores: true },
  });
  return row === null ? null : toModel(row);
}

/** How many providers there are, archived ones included. */
export async function countProviders(tx: Tx): Promise<number> {
  return tx.provider.count();
}

/** How many models there are, archived ones included. */
export async function countModels(tx: Tx): Promise<number> {
  return tx.model.count();
}

/** Adds providers, none of which may be there. `at` is the instant of the change, here and below. */
export async function insertProviders(
  tx: Tx,
  providers: readonly CatalogProvider[],
  at: number,
): Promise<void> {
  await tx.provider.createMany({ data: providers.map((provider) => fromProvider(provider, at)) });
}

/** Adds models with their scores, none of which may be there. */
export async function insertModels(tx: Tx, models: readonly CatalogModel[], at: number): Promise<void> {
  await tx.model.createMany({ data: models.map((model) => fromModel(model, at)) });
  await tx.atsScore.createMany({ data: models.flatMap(fromScores) });
}

/** Replaces a provider that is there. */
export async function updateProvider(tx: Tx, provider: CatalogProvider, at: number): Promise<void> {
  await tx.provider.update({ where: { slug: provider.slug }, data: fromProvider(provider, at) });
}

/** Replaces a model that is there, and all of its scores. */
export async function updateModel(tx: Tx, model: CatalogModel, at: number): Promise<void> {
  const { providerSlug, slug } = model;
  await tx.model.update({ where: { providerSlug_slug: { providerSlug, slug } }, data: fromModel(model, at) });
  await tx.atsScore.deleteMany({ where: { providerSlug, modelSlug: slug } });
  await tx.atsScore.createMany({ data: fromScores(model) });
}

/** The digest of the source that was applied last, or null before the first. */
export async function loadSourceDigest(db: Db): Promise<string | null> {
  const row = await db.catalogSource.findUnique({ where: { id: 1 } });
  return row?.sha256 ?? null;
}

/** Writes what a source changes of the former catalog, and keeps the digest of the source. */
export async function saveSource(
  tx: Tx,
  former: Catalog,
  changes: SourceChanges,
  { sha256, at }: { readonly sha256: string; readonly at: number },
): Promise<void> {
  const present = new Set([...former.providers.map((row) => row.slug), ...former.models.map(keyOf)]);
  const isNew = (key: string) => !present.has(key);
  await insertProviders(
    tx,
    changes.providers.filter((row) => isNew(row.slug)),
    at,
  );
  for (const row of changes.providers.filter(({ slug }) => !isNew(slug))) await updateProvider(tx, row, at);
  await insertModels(
    tx,
    changes.models.filter((row) => isNew(keyOf(row))),
    at,
  );
  for (const row of changes.models.filter((model) => !isNew(keyOf(model)))) await updateModel(tx, row, at);
  if (changes.aliases !== undefined) await replaceAliases(tx, changes.aliases);
  const data = { sha256, appliedAt: new Date(at) };
  await tx.catalogSource.upsert({ where: { id: 1 }, create: data, update: data });
}

function keyOf(model: CatalogModel): string {
  return modelKey(model.providerSlug, model.slug);
}

function inOrder<Row>(rows: Row[], keyOf: (row: Row) => string): readonly Row[] {
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}

function toProvider({ updatedAt: _, archivedAt, adapter, ...row }: ProviderRow): CatalogProvider {
  return { ...row, adapter: adapter as Adapter, archivedAt: archivedAt?.getTime() ?? null };
}

function fromProvider({ archivedAt, ...provider }: CatalogProvider, updatedAt: number) {
  return { ...provider, archivedAt: toDate(archivedAt), updatedAt: new Date(updatedAt) };
}

function toModel(row: ModelRow): CatalogModel {
  return {
    providerSlug: row.providerSlug,
    slug: row.slug,
    enabled: row.enabled,
    capabilities: row.capabilities as Capability[],
    contextWindowTokens: row.contextWindowTokens,
    maxOutputTokens: row.maxOutputTokens,
    reasoningTokenFloor: row.reasoningTokenFloor,
    inputMicroUsdPerMillionTokens: Number(row.inputMicroUsdPerMillionTokens),
    outputMicroUsdPerMillionTokens: Number(row.outputMicroUsdPerMillionTokens),
    cachedInputMicroUsdPerMillionTokens: toNumber(row.cachedInputMicroUsdPerMillionTokens),
    cacheWriteMicroUsdPerMillionTokens: toNumber(row.cacheWriteMicroUsdPerMillionTokens),
    prices: toPrices(row.prices),
    expectedFirstTokenMs: row.expectedFirstTokenMs,
    expectedMicrosPerOutputToken: row.expectedMsPerOutputToken.mul(1000).toNumber(),
    attemptTimeoutMs: row.attemptTimeoutMs,
    firstTokenTimeoutMs: row.firstTokenTimeoutMs,
    probeIntervalMs: row.probeIntervalMs,
    cacheTtlMs: row.cacheTtlMs,
    embeddingSpace: row.embeddingSpace,
    maxConcurrent: row.maxConcurrent,
    efforts: unpackEfforts(row.efforts),
    samplingLocked: row.samplingLocked,
    maxTokensParameter: row.maxTokensParameter as MaxTokensParameter | null,
    complianceScorePct: row.complianceScore.mul(100).toNumber(),
    ats: sortScores(row.atsScores.map(toScore)),
    archivedAt: row.archivedAt?.getTime() ?? null,
  };
}

function toNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

/** The database keeps the names of an object in an order of its own, and rows are compared as texts. */
function toPrices(stored: unknown): readonly PriceEntry[] {
  return (stored as readonly PriceEntry[]).map((entry) => ({
    from: entry.from,
    aboveInputTokens: entry.aboveInputTokens,
    ...pricesOf(entry),
  }));
}

function fromModel(model: CatalogModel, updatedAt: number) {
  const { ats: _, archivedAt, expectedMicrosPerOutputToken, complianceScorePct, ...rest } = model;
  return {
    ...rest,
    capabilities: [...model.capabilities],
    efforts: packEfforts(model.efforts),
    prices: model.prices.map((entry) => ({ ...entry })),
    expectedMsPerOutputToken: expectedMicrosPerOutputToken / 1000,
    complianceScore: complianceScorePct / 100,
    archivedAt: toDate(archivedAt),
    updatedAt: new Date(updatedAt),
  };
}

function toDate(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}

function toScore(row: AtsScoreRow): AtsScore {
  const { taskType, score, samples, source, measuredAt } = row;
  return {
    taskType,
    scoreBps: score.mul(10_000).toNumber(),
    samples,
    source,
    measuredAt: measuredAt.getTime(),
  };
}

function fromScores({ providerSlug, slug: modelSlug, ats }: CatalogModel) {
  return ats.map(({ scoreBps, measuredAt, ...score }) => ({
    ...score,
    providerSlug,
    modelSlug,
    score: scoreBps / 10_000,
    measuredAt: new Date(measuredAt),
  }));
}
