import { appendEntries } from '../audit/audit.store.ts';
import type { JsonObject } from '../system/json.ts';
import { PLATFORM_TENANT_ID } from '../audit/entry.ts';
import type { Bus } from '../events/bus.ts';
import { createLiveView, type LiveView } from '../events/live-view.service.ts';
import type { Losses } from '../events/losses.service.ts';
import { modelKey } from '../providers/model-key.ts';
import type { Database, Tx } from '../storage/database.ts';
import { orUnavailable } from '../storage/storage-fault.ts';
import { bumpTopic, lockTopic, readAtVersion, readTopic } from '../storage/topic-version.store.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import type { Sha256 } from '../system/digest.ts';
import { InvalidInputError, NotFoundError } from '../system/expected-error.ts';
import { requireRoom } from '../system/input/room.ts';
import { requireSound } from '../system/input/reader.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { parseCatalogFile } from './source/catalog-file.ts';
import { applySource, describeChanges, type SourceDocument } from './source/catalog-source.ts';
import { judgeSource } from './source/judge-source.ts';
import { createCatalogView, type CatalogView } from './catalog-view.ts';
import {
  countModels,
  countProviders,
  insertModels,
  insertProviders,
  loadCatalog,
  loadModel,
  loadProvider,
  loadSourceDigest,
  saveSource,
  updateModel,
  updateProvider,
} from './catalog.store.ts';
import { MAX_MODELS, MAX_PROVIDERS } from './bounds.ts';
import { changeOf } from './changes.ts';
import type { ProviderSecrets } from './credentials.ts';
import type { OutboundRule } from '../providers/base-url.ts';
import type { ModelInput, ProviderInput, RecordAtsScoreInput } from './input.ts';
import type { CatalogModel, CatalogProvider } from './model.ts';
import { recordAtsScore } from './revise-ats.ts';
import { reviseModel } from './revise-model.ts';
import { reviseProvider } from './revise-provider.ts';

/** How often an instance asks whether the catalog has changed, for changes of which no event arrived. */
export const CATALOG_POLL_MS = 2000;

/** A whole catalog is written in one transaction, and may wait for another instance that is doing the same. */
const CHANGE_LIMITS = { maxWaitMs: 10_000, timeoutMs: 30_000 };

/** The catalog: read from memory, changed in the database, each change audited and live when its call returns. */
export interface CatalogService extends AsyncDisposable {
  /** The catalog as it is now. Neither waits nor fails. */
  view(): CatalogView;
  /** Resolves when the view holds every change committed before the call; never rejects. */
  refresh(): Promise<void>;
  /** Adds or changes a provider; throws InvalidInputError. */
  upsertProvider(input: ProviderInput, actor: string): Promise<CatalogProvider>;
  /** Adds or changes a model of a provider that is there; throws InvalidInputError or NotFoundError. */
  upsertModel(input: ModelInput, actor: string): Promise<CatalogModel>;
  /** Takes a model out of use and keeps its row; throws NotFoundError. Upserting it brings it back. */
  archiveModel(input: ModelName, actor: string): Promise<CatalogModel>;
  /** Records one ATS score of a model; throws InvalidInputError or NotFoundError. */
  recordAtsScore(input: RecordAtsScoreInput, actor: string): Promise<CatalogModel>;
  /**
   * Applies the built-in catalog or the operator's file, unless the same text was applied last. Throws
   * InvalidInputError, which names every fault by its place, and then has changed nothing.
   */
  applySource(document: SourceDocument): Promise<void>;
}

export interface ModelName {
  readonly providerSlug: string;
  readonly modelSlug: string;
}

export interface CatalogServiceOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly secrets: ProviderSecrets;
  readonly outbound: OutboundRule;
  /** Hears that the table lacks what was known of it. */
  readonly losses?: Pick<Losses, 'report'>;
}

/** What a change answers, and what it has to say to the audit chain: null when it changed nothing. */
interface Changed<T> {
  readonly value: T;
  readonly payload: JsonObject | null;
}

/** Loads the catalog; rejects when the database is away, because there is no catalog to serve then. */
export async function createCatalogService(options: CatalogServiceOptions): Promise<CatalogService> {
  const { database, bus, sha256, clock, random, outbound } = options;
  const rules = { ...outbound, credentialHosts: options.secrets.hosts };
  const db = database.prisma;
  const live = await openView(options);

  /** One transaction: the row, its audit entry and the new version of the catalog; then every instance's view. */
  async function change<T>(actor: string, work: (tx: Tx, now: number) => Promise<Changed<T>>): Promise<T> {
    const now = clock.now();
    const { value, seq } = await orUnavailable(() =>
      inTransaction(
        db,
        async (tx) => {
          // Changes of the catalog happen one after the other, each seeing the one before.
          await lockTopic(tx, 'catalog');
          const { value, payload } = await work(tx, now);
          if (payload === null) return { value, seq: null };
          const seq = await bumpTopic(tx, 'catalog');
          const entry = { id: random.uuid(), tenantId: PLATFORM_TENANT_ID, type: 'catalog.changed' } as const;
          await appendEntries(tx, [{ ...entry, at: now, actor, payload }]);
          return { value, seq };
        },
        CHANGE_LIMITS,
      ),
    );
    if (seq !== null) bus.publish({ topic: 'catalog', key: '', seq });
    await live.refresh();
    return value;
  }

  return {
    view: () => live.current(),
    refresh: () => live.refresh(),
    upsertProvider: (input, actor) =>
      change(actor, async (tx, now) => {
        const former = await loadProvider(tx, input.slug);
        return saveProvider(tx, former, requireSound(reviseProvider(former, input, rules)), now);
      }),
    upsertModel: (input, actor) =>
      change(actor, async (tx, now) => {
        if ((await loadProvider(tx, input.providerSlug)) === null) {
          throw new NotFoundError('There is no such provider.');
        }
        const former = await loadModel(tx, input.providerSlug, input.modelSlug);
        return saveModel(tx, former, requireSound(reviseModel(former, input, now)), now);
      }),
    archiveModel: (input, actor) =>
      change(actor, async (tx, now) => {
        const former = await presentModel(tx, input);
        return saveModel(tx, former, { ...former, archivedAt: former.archivedAt ?? now }, now);
      }),
    recordAtsScore: (input, actor) =>
      change(actor, async (tx, now) => {
        const former = await presentModel(tx, input);
        const ats = requireSound(recordAtsScore(former.ats, input, now));
        return saveModel(tx, former, { ...former, ats }, now);
      }),
    async applySource(document) {
      const digest = sha256.hex(document.content);
      if ((await loadSourceDigest(db)) === digest) return;
      const parsed = parseCatalogFile(document.content, document.atsSource);
      if (!parsed.ok) {
        throw new InvalidInputError(judgeSource(document, clock.now(), outbound, await loadCatalog(db, 0)));
      }
      const source = parsed.value;
      await change('system', async (tx, now) => {
        // Servers that start together: the first applies, the others find that it has.
        if ((await loadSourceDigest(tx)) === digest) return { value: undefined, payload: null };
        const former = await loadCatalog(tx, 0);
        const changes = requireSound(applySource(former, source, now, outbound));
        await saveSource(tx, former, changes, { sha256: digest, at: now });
        return { value: undefined, payload: describeChanges(source, digest, changes) };
      });
    },
    [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
  };
}

function openView(options: CatalogServiceOptions): Promise<LiveView<CatalogView>> {
  const { database, bus, secrets, timers, log } = options;
  const db = database.prisma;
  return createLiveView({
    topic: 'catalog',
    bus,
    readVersion: () => readTopic(db, 'catalog'),
    load: () =>
      readAtVersion(db, 'catalog', async (tx, seq) => createCatalogView(await loadCatalog(tx, seq), secrets)),
    timers,
    pollMs: CATALOG_POLL_MS,
    log,
    losses: options.losses,
  });
}

async function presentModel(tx: Tx, { providerSlug, modelSlug }: ModelName): Promise<CatalogModel> {
  const model = await loadModel(tx, providerSlug, modelSlug);
  if (model === null) throw new NotFoundError('There is no such model.');
  return model;
}

async function saveProvider(
  tx: Tx,
  former: CatalogProvider | null,
  provider: CatalogProvider,
  now: number,
): Promise<Changed<CatalogProvider>> {
  const change = changeOf(former, provider);
  if (change === undefined) return { value: provider, payload: null };
  if (former === null) requireRoom(await countProviders(tx), MAX_PROVIDERS, 'providers', ['slug']);
  await (former === null ? insertProviders(tx, [provider], now) : updateProvider(tx, provider, now));
  return { value: provider, payload: { provider: provider.slug, ...change } };
}

async function saveModel(
  tx: Tx,
  former: CatalogModel | null,
  model: CatalogModel,
  now: number,
): Promise<Changed<CatalogModel>> {
  const change = changeOf(former, model);
  if (change === undefined) return { value: model, payload: null };
  if (former === null) requireRoom(await countModels(tx), MAX_MODELS, 'models', ['modelSlug']);
  await (former === null ? insertModels(tx, [model], now) : updateModel(tx, model, now));
  return { value: model, payload: { model: modelKey(model.providerSlug, model.slug), ...change } };
}
