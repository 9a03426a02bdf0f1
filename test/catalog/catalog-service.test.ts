import { expect, it } from 'vitest';
import { PLATFORM_TENANT_ID } from '../../src/audit/entry.ts';
import { CATALOG_POLL_MS, type CatalogService } from '../../src/catalog/catalog.service.ts';
import { readSourceDocument } from '../../src/catalog/source/source-document.node.ts';
import type { ModelInput } from '../../src/catalog/input.ts';
import type { Database } from '../../src/storage/database.ts';
import { describeOnEachDatabase } from '../support/databases/fresh-databases.ts';
import type { ManualTime } from '../support/time/manual-time.ts';
import { openCatalog } from './catalogs.ts';

const small: ModelInput = {
  providerSlug: 'acme',
  modelSlug: 'small/v1:free',
  capabilities: ['TOOLS', 'REASONING'],
  contextWindowTokens: 8000,
  maxOutputTokens: 1000,
  reasoningTokenFloor: 100,
  inputUsdPerMillionTokens: 0.29,
  outputUsdPerMillionTokens: 100_000,
  expectedMsPerOutputToken: 0.333,
  complianceScore: 0.29,
  efforts: ['none', 'high'],
  samplingLocked: true,
  maxTokensParameter: 'max_completion_tokens',
  ats: [{ taskType: 'code', score: 0.8612, samples: 10, source: 'eval' }],
};
const key = 'acme/small/v1:free';
const actor = 'key:tester';

interface Instance extends AsyncDisposable {
  readonly catalog: CatalogService;
  readonly time: ManualTime;
}

/** A service over a catalog in which the provider `acme` and its model are as `small` says. */
async function start(database: Database): Promise<Instance> {
  const { catalog, time } = await openCatalog(database);
  await catalog.upsertProvider({ slug: 'acme', adapter: 'openai', credentialName: 'ACME_API_KEY' }, actor);
  await catalog.upsertModel(small, actor);
  return { catalog, time, [Symbol.asyncDispose]: () => catalog[Symbol.asyncDispose]() };
}

async function auditPayloads(database: Database): Promise<unknown[]> {
  const entries = await database.prisma.auditEntry.findMany({
    where: { tenantId: PLATFORM_TENANT_ID, type: 'catalog.changed' },
    orderBy: { seq: 'asc' },
  });
  return entries.map(({ canonical }) => (JSON.parse(canonical) as { payload: unknown }).payload);
}

describeOnEachDatabase('the catalog service', (open) => {
  it('has each change in its view when the call returns, exactly as it was given', async () => {
    await using instance = await start(open());
    const { catalog } = instance;
    const saved = await catalog.upsertModel({ ...small, modelSlug: 'new' }, actor);
    expect(catalog.view().model('acme/new')?.model).toEqual(saved);
    expect(saved).toMatchObject({
      inputMicroUsdPerMillionTokens: 290_000,
      outputMicroUsdPerMillionTokens: 100_000_000_000,
      expectedMicrosPerOutputToken: 333,
      complianceScorePct: 29,
      efforts: ['none', 'high'],
      samplingLocked: true,
      maxTokensParameter: 'max_completion_tokens',
      ats: [{ taskType: 'code', scoreBps: 8612, samples: 10, source: 'eval' }],
    });
    expect(catalog.view().provider('acme')).toMatchObject({ hasCredentials: false });
  });

  it('keeps apart what takes no effort and what nobody told of', async () => {
    await using instance = await start(open());
    const { catalog } = instance;
    for (const efforts of [[], null]) {
      await catalog.upsertModel({ ...small, efforts }, actor);
      expect(catalog.view().model(key)?.traits.efforts).toEqual(efforts);
    }
  });

  it('keeps the script of a simulated provider', async () => {
    await using instance = await start(open());
    const baseUrl = 'simulated:?latencyMs=5&failEvery=3';
    await instance.catalog.upsertProvider({ slug: 'scripted', adapter: 'simulated', baseUrl }, actor);
    expect(instance.catalog.view().connection('scripted')).toMatchObject({ baseUrl, credential: null });
  });

  it('keeps what an update does not mention', async () => {
    await using instance = await start(open());
    const before = instance.catalog.view().model(key)?.model;
    const { providerSlug, modelSlug } = small;
    await instance.catalog.upsertModel({ providerSlug, modelSlug, maxOutputTokens: 2000 }, actor);
    expect(instance.catalog.view().model(key)?.model).toEqual({ ...before, maxOutputTokens: 2000 });
  });

  it('writes each change, and no more than the change, into the platform’s audit chain', async () => {
    await using instance = await start(open());
    const { providerSlug, modelSlug } = small;
    const before = (await auditPayloads(open())).length;
    await instance.catalog.upsertModel({ providerSlug, modelSlug, maxOutputTokens: 2001 }, actor);
    await instance.catalog.upsertModel({ providerSlug, modelSlug, maxOutputTokens: 2001 }, actor);
    expect((await auditPayloads(open())).slice(before)).toEqual([
      { model: key, before: { maxOutputTokens: 1000 }, after: { maxOutputTokens: 2001 } },
    ]);
  });

  it('is noticed by other instances within a poll', async () => {
    await using here = await start(open());
    await using there = await start(open());
    await here.catalog.recordAtsScore({ ...small, taskType: 'default', score: 0.5 }, actor);
    expect(there.catalog.view().model(key)?.atsBps('chat')).toBeNull();
    await there.time.advance(CATALOG_POLL_MS);
    await there.catalog.refresh();
    expect(there.catalog.view().model(key)?.atsBps('chat')).toBe(5000);
    expect(there.catalog.view().version).toBe(here.catalog.view().version);
  });

  it('records a score beside the others, of its own instant and source', async () => {
    await using instance = await start(open());
    await instance.time.advance(5000);
    await instance.catalog.recordAtsScore({ ...small, taskType: 'default', score: 0.75, samples: 3 }, actor);
    const ats = instance.catalog.view().model(key)?.model.ats;
    expect(ats?.map((score) => score.taskType)).toEqual(['code', 'default']);
    expect(ats?.[1]).toEqual({
      taskType: 'default',
      scoreBps: 7500,
      samples: 3,
      source: 'operator',
      measuredAt: instance.time.clock.now(),
    });
  });

  it('archives a model once and brings it back by an upsert', async () => {
    await using instance = await start(open());
    const { catalog, time } = instance;
    const { providerSlug, modelSlug } = small;
    const archivedAt = time.clock.now();
    await catalog.archiveModel({ providerSlug, modelSlug }, actor);
    await time.advance(1000);
    await catalog.archiveModel({ providerSlug, modelSlug }, actor);
    expect(catalog.view().model(key)?.model.archivedAt).toBe(archivedAt);
    expect(catalog.view().model(key)?.facts.disabledCause).toBe('model_archived');
    await catalog.upsertModel({ providerSlug, modelSlug }, actor);
    expect(catalog.view().model(key)?.model.archivedAt).toBeNull();
  });

  it('refuses what is wrong or unknown and then has written nothing', async () => {
    await using instance = await start(open());
    const { catalog } = instance;
    const payloads = await auditPayloads(open());
    const unknown = { providerSlug: 'nobody', modelSlug: 'x\u0000' };
    await expect(catalog.upsertModel({ ...small, ...unknown }, actor)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(catalog.archiveModel(unknown, actor)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(catalog.upsertModel({ ...small, modelSlug: '\u0000' }, actor)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await expect(catalog.upsertProvider({ slug: '\u0000', adapter: 'openai' }, actor)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await expect(
      catalog.recordAtsScore({ ...small, taskType: 'code', score: 2 }, actor),
    ).rejects.toMatchObject({
      issues: [{ path: ['score'] }],
    });
    await expect(
      catalog.upsertProvider({ slug: 'acme', adapter: 'openai', credentialName: 'sk-secret' }, actor),
    ).rejects.not.toThrow('sk-secret');
    expect(await auditPayloads(open())).toEqual(payloads);
    expect(catalog.view().provider('acme')?.provider.credentialName).toBe('ACME_API_KEY');
  });

  it('loses none of the changes that several instances make at once', async () => {
    await using here = await start(open());
    await using there = await start(open());
    const before = (await auditPayloads(open())).length;
    const { providerSlug, modelSlug } = small;
    const scores = Array.from({ length: 8 }, (_, index) => ({
      ...{ providerSlug, modelSlug, score: index / 10 },
      taskType: `task-${index}`,
    }));
    await Promise.all(
      scores.map((score, index) => (index % 2 === 0 ? here : there).catalog.recordAtsScore(score, actor)),
    );
    await here.catalog.refresh();
    const recorded = here.catalog
      .view()
      .model(key)
      ?.model.ats.map((score) => score.taskType);
    expect(recorded).toEqual(expect.arrayContaining(scores.map((score) => score.taskType)));
    expect((await auditPayloads(open())).length).toBe(before + 8);
  });

  it('applies a source once however many instances start, and only again when its text changes', async () => {
    await using here = await start(open());
    await using there = await start(open());
    const before = (await auditPayloads(open())).length;
    const builtIn = readSourceDocument(null);
    await Promise.all([here.catalog.applySource(builtIn), there.catalog.applySource(builtIn)]);
    await here.catalog.applySource(builtIn);
    const [payload, ...more] = (await auditPayloads(open())).slice(before);
    expect(more).toEqual([]);
    expect(payload).toMatchObject({ source: 'built-in', providers: expect.arrayContaining(['openai']) });
    expect(here.catalog.view().model('openai/gpt-5-mini')?.facts.disabledCause).toBe('no_credentials');
    expect(here.catalog.view().model(key)?.model.archivedAt).toBeNull();

    await here.catalog.upsertProvider({ slug: 'openai', adapter: 'openai', name: 'Renamed' }, actor);
    await here.catalog.applySource(builtIn);
    expect(here.catalog.view().provider('openai')?.provider.name).toBe('Renamed');
    await here.catalog.applySource({ ...builtIn, content: `${builtIn.content}\n# edited` });
    expect(here.catalog.view().provider('openai')?.provider.name).toBe('OpenAI');
  });

  it('prunes, and never writes over a score that was measured', async () => {
    await using instance = await start(open());
    const { catalog } = instance;
    const named = { providerSlug: 'simulated', modelSlug: 'steady' };
    await catalog.recordAtsScore({ ...named, taskType: 'default', score: 0.1, source: 'evals' }, actor);
    const content =
      'prune: true\nproviders: [{ slug: simulated, adapter: simulated, models: [{ slug: steady, ats: { default: 0.9, code: 0.8 } }] }]';
    await catalog.applySource({ content, atsSource: 'catalog-file' });
    expect(catalog.view().model('simulated/steady')?.atsBps('default')).toBe(1000);
    expect(catalog.view().model('simulated/steady')?.atsBps('code')).toBe(8000);
    const inUse = catalog.view().models.filter(({ model }) => model.archivedAt === null);
    expect(inUse.map((view) => view.key)).toEqual(['simulated/steady']);
  });

  it('changes nothing when a source is wrong, and names the place', async () => {
    await using instance = await start(open());
    const version = instance.catalog.view().version;
    const content = 'providers: [{ slug: acme, adapter: openai, name: New }, { slug: BAD, adapter: openai }]';
    await expect(instance.catalog.applySource({ content, atsSource: 'catalog-file' })).rejects.toMatchObject({
      issues: [{ path: ['providers', '1', 'slug'] }],
    });
    await instance.catalog.refresh();
    expect(instance.catalog.view().version).toBe(version);
  });

  it('names every fault of a source at once: those of its shape, and those of the values beside them', async () => {
    await using instance = await start(open());
    const content = `
      surprise: 1
      providers:
        - { slug: acme, adapter: openai, enabled: perhaps, baseUrl: "https://x.example/v1/chat/completions" }
        - { slug: BAD, adapter: nobody, models: [{ slug: one, maxOutputTokens: many, complianceScore: 2, contextWindowTokens: 0 }] }
        - { name: nameless, adapter: openai, requestsPerMinute: 5 }`;
    const refused = instance.catalog.applySource({ content, atsSource: 'catalog-file' });
    const { issues } = (await refused.catch((error: unknown) => error)) as { issues: { path: string[] }[] };
    expect(issues.map(({ path }) => path.join('.')).sort()).toEqual([
      'providers.0.baseUrl',
      'providers.0.enabled',
      'providers.1.adapter',
      'providers.1.models.0.complianceScore',
      'providers.1.models.0.contextWindowTokens',
      'providers.1.models.0.inputUsdPerMillionTokens',
      'providers.1.models.0.maxOutputTokens',
      'providers.1.models.0.outputUsdPerMillionTokens',
      'providers.1.slug',
      'providers.2.requestsPerMinute',
      'providers.2.slug',
      'surprise',
    ]);
  });

  it('keeps the adapter of a provider that is changed, and asks a new one for it', async () => {
    await using instance = await start(open());
    const changed = await instance.catalog.upsertProvider({ slug: 'acme', requestsPerMinute: 5 }, actor);
    expect(changed).toMatchObject({ adapter: 'openai', requestsPerMinute: 5 });
    await expect(instance.catalog.upsertProvider({ slug: 'new' }, actor)).rejects.toMatchObject({
      issues: [{ path: ['adapter'], message: 'is required' }],
    });
  });

  it('has the same version after a change that changes nothing', async () => {
    await using instance = await start(open());
    const { version } = instance.catalog.view();
    const entries = (await auditPayloads(open())).length;
    await instance.catalog.upsertProvider({ slug: 'acme' }, actor);
    await instance.catalog.upsertModel(
      { providerSlug: small.providerSlug, modelSlug: small.modelSlug },
      actor,
    );
    expect(instance.catalog.view().version).toBe(version);
    expect(await auditPayloads(open())).toHaveLength(entries);
  });
});
