import { describe, expect, it } from 'vitest';
import { parseCatalogFile } from '../../src/catalog/source/catalog-file.ts';
import { applySource, describeChanges, type AtsSource } from '../../src/catalog/source/catalog-source.ts';
import type { AtsScore, Catalog } from '../../src/catalog/model.ts';

const empty: Catalog = { version: 0, providers: [], models: [] };

/** Applies a text to a catalog: the catalog that results, or the faults as `path: message`. */
function apply(text: string, catalog: Catalog = empty, now = 1, atsSource: AtsSource = 'catalog-file') {
  const source = parseCatalogFile(text, atsSource);
  if (!source.ok)
    return { faults: source.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
  const changes = applySource(catalog, source.value, now);
  if (!changes.ok)
    return { faults: changes.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
  const { providers, models, aliases = catalog.aliases } = changes.value;
  const keyOf = (model: Catalog['models'][number]) => `${model.providerSlug}/${model.slug}`;
  const byKey = new Map([...catalog.models, ...models].map((model) => [keyOf(model), model]));
  const bySlug = new Map([...catalog.providers, ...providers].map((provider) => [provider.slug, provider]));
  return {
    catalog: {
      version: catalog.version + 1,
      providers: [...bySlug.values()],
      models: [...byKey.values()],
      ...(aliases !== undefined && { aliases }),
    },
    described: describeChanges(source.value, 'digest', changes.value),
  };
}

function applied(...args: Parameters<typeof apply>): Catalog {
  const { catalog, faults } = apply(...args);
  if (catalog === undefined) throw new Error(faults?.join());
  return catalog;
}

const file = `
providers:
  - slug: acme
    name: Acme
    adapter: openai
    credentialName: ACME_API_KEY
    maxConcurrent: 50
    limits: { requestsPerMinute: 500, tokensPerMinute: 200000 }
    models:
      - slug: small
        capabilities: [TOOLS, REASONING]
        contextWindowTokens: 400000
        maxOutputTokens: 128000
        reasoningTokenFloor: 1024
        inputUsdPerMillionTokens: 0.25
        outputUsdPerMillionTokens: 2.00
        expectedMsPerOutputToken: 9
        efforts: [low, medium, high]
        samplingLocked: true
        maxTokensParameter: max_completion_tokens
        complianceScore: 0.9
        ats: { default: 0.82, code: 0.86 }
`;

describe('a catalog file', () => {
  it('describes providers and models, in YAML and in JSON alike', () => {
    const catalog = applied(file);
    expect(catalog.providers).toMatchObject([
      { slug: 'acme', maxConcurrent: 50, requestsPerMinute: 500, tokensPerMinute: 200_000 },
    ]);
    expect(catalog.models).toMatchObject([
      {
        providerSlug: 'acme',
        slug: 'small',
        capabilities: ['TOOLS', 'REASONING'],
        inputMicroUsdPerMillionTokens: 250_000,
        efforts: ['low', 'medium', 'high'],
        samplingLocked: true,
        maxTokensParameter: 'max_completion_tokens',
        complianceScorePct: 90,
        ats: [
          { taskType: 'code', scoreBps: 8600, source: 'catalog-file' },
          { taskType: 'default', scoreBps: 8200, source: 'catalog-file' },
        ],
      },
    ]);
    const json = JSON.stringify({ providers: [{ slug: 'acme', adapter: 'openai' }] });
    expect(applied(json).providers).toMatchObject([{ slug: 'acme', adapter: 'openai' }]);
  });

  it.each([
    [
      'an unknown key of the file',
      'provders: []',
      ['providers: must be of type array', 'provders: is not a known key'],
    ],
    [
      'an unknown key of a model',
      file.replace('complianceScore', 'complianceScor'),
      ['providers.0.models.0.complianceScor: is not a known key'],
    ],
    [
      'a wrong type',
      file.replace('400000', 'lots'),
      ['providers.0.models.0.contextWindowTokens: must be of type number'],
    ],
    [
      'a rule of a provider',
      file.replace('slug: acme', 'slug: ACME'),
      [expect.stringMatching(/^providers\.0\.slug: must be/)],
    ],
    [
      'a rule of its limits',
      file.replace('500,', '0,'),
      [expect.stringMatching(/^providers\.0\.limits\.requestsPerMinute: must be/)],
    ],
    [
      'a rule of a model',
      file.replace('slug: small', 'slug: "a b"'),
      [expect.stringMatching(/^providers\.0\.models\.0\.slug: must be/)],
    ],
    [
      'a rule of a score',
      file.replace('0.86', '1.86'),
      [expect.stringMatching(/^providers\.0\.models\.0\.ats\.code: must be/)],
    ],
    [
      'an absent price',
      file.replace(/\n +inputUsd.*/, ''),
      ['providers.0.models.0.inputUsdPerMillionTokens: is required'],
    ],
    [
      'a day that is none',
      file.replace(
        'inputUsd',
        'prices: [{ from: 2026-13-01, inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 1 }]\n        inputUsd',
      ),
      [
        'providers.0.models.0.prices.0.from: must be a day like 2026-12-01, or an instant like 2026-12-01T08:00:00Z',
      ],
    ],
    [
      'a rule of a price',
      file.replace(
        'inputUsd',
        'prices: [{ inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 9 }]\n        inputUsd',
      ),
      [expect.stringMatching(/^providers\.0\.models\.0\.prices\.0\.aboveInputTokens: must be/)],
    ],
    [
      'a provider named twice',
      `${file}  - { slug: acme, adapter: openai }\n`,
      ['providers.1.slug: must not be named twice'],
    ],
    ['a text that is no YAML', 'providers: [', [expect.stringMatching(/^line 1\.column \d+: is not YAML/)]],
    ['a key written twice', 'prune: true\nprune: false\nproviders: []', [expect.stringMatching(/^line 2\./)]],
    ['an alias to nothing', 'providers: *nothing', [expect.stringContaining('alias')]],
  ])('is refused for %s, and the message names the place', (_, text, faults) => {
    expect(apply(text).faults).toEqual(faults);
  });

  it('repeats no value in its refusals', () => {
    const secret = 'sk-live-0123456789';
    for (const text of [
      file.replace('ACME_API_KEY', secret),
      file.replace('credentialName: ACME_API_KEY', `credentialName: "${secret}`),
      file.replace('400000', secret),
      file.replace('adapter: openai', `adapter: ${secret}`),
    ]) {
      expect(apply(text).faults?.join()).not.toContain(secret);
      expect(apply(text).faults).not.toHaveLength(0);
    }
  });

  it('changes nothing when it is applied a second time', () => {
    expect(apply(file, applied(file), 2).described).toMatchObject({ providers: [], models: [] });
  });

  it('keeps what it does not mention, like a mutation', () => {
    const before = applied(file);
    const after = applied(
      'providers: [{ slug: acme, adapter: openai, models: [{ slug: small, maxOutputTokens: 5000 }] }]',
      before,
      2,
    );
    expect(after.models[0]).toEqual({ ...before.models[0], maxOutputTokens: 5000 });
    expect(after.providers).toEqual(before.providers);
  });

  it('archives what it does not name only when it prunes, and brings back what it names', () => {
    const before = applied(file);
    const other = 'providers: [{ slug: other, adapter: openai }]';
    expect(applied(other, before, 2).models[0]?.archivedAt).toBeNull();
    const { catalog: pruned, described } = apply(`prune: true\n${other}`, before, 2);
    expect(pruned?.models[0]?.archivedAt).toBe(2);
    expect(described).toMatchObject({
      source: 'file',
      sha256: 'digest',
      providers: ['other'],
      models: [],
      archivedProviders: ['acme'],
      archivedModels: ['acme/small'],
    });
    expect(applied(file, pruned, 3).models[0]?.archivedAt).toBeNull();
  });

  it('never replaces a score that somebody measured', () => {
    const measured: AtsScore = {
      taskType: 'code',
      scoreBps: 4000,
      samples: 200,
      source: 'evals',
      measuredAt: 1,
    };
    const [model] = applied(file).models;
    if (model === undefined) throw new Error('the file has a model');
    const before: Catalog = {
      ...applied(file),
      models: [{ ...model, ats: [measured, ...model.ats.slice(1)] }],
    };
    const after = applied(file.replace('0.82', '0.99').replace('0.86', '0.99'), before, 2);
    expect(after.models[0]?.ats).toEqual([
      measured,
      { taskType: 'default', scoreBps: 9900, samples: 0, source: 'catalog-file', measuredAt: 2 },
    ]);
    expect(applied(file.replace(/\n +ats:.*/, ''), before, 3).models[0]?.ats).toEqual(before.models[0]?.ats);
  });

  it('replaces the guesses of the built-in catalog, which never replace the file’s', () => {
    const guessed = applied(file.replace('0.82', '0.5'), empty, 1, 'prior');
    const stated = applied(file, guessed, 2, 'catalog-file');
    expect(stated.models[0]?.ats.map((score) => [score.scoreBps, score.source])).toEqual([
      [8600, 'catalog-file'],
      [8200, 'catalog-file'],
    ]);
    expect(applied(file.replace('0.82', '0.5'), stated, 3, 'prior').models[0]?.ats).toEqual(
      stated.models[0]?.ats,
    );
  });
});

describe('aliases of a file', () => {
  const withAliases = (aliases: string) => `${file}aliases: ${aliases}\n`;
  const { slug } = applied(file).models[0]!;

  it('are kept in order of name, one model or a pool of several', () => {
    const { catalog, described } = apply(withAliases(`{ pool: [acme/${slug}, acme/*], gpt: acme/${slug} }`));
    const aliases = [
      { name: 'gpt', models: [`acme/${slug}`] },
      { name: 'pool', models: [`acme/${slug}`, 'acme/*'] },
    ];
    expect(catalog).toMatchObject({ aliases });
    expect(described).toMatchObject({ aliases: { gpt: [`acme/${slug}`], pool: [`acme/${slug}`, 'acme/*'] } });
  });

  it('stay as they are when a later file says nothing of them, and go when it has none', () => {
    const before = applied(withAliases(`{ gpt: acme/${slug} }`));
    expect(applied(`${file}# later\n`, before).aliases).toEqual(before.aliases);
    expect(apply(`${file}# later\n`, before).described).not.toHaveProperty('aliases');
    expect(applied(withAliases('{}'), before).aliases).toEqual([]);
  });

  it('are refused by their place when they name nothing, or are names that mean something already', () => {
    const faults = (aliases: string) => apply(withAliases(aliases)).faults;
    expect(faults(`{ auto: acme/${slug} }`)).toEqual([
      expect.stringMatching(/^aliases.auto: must be 1 to 200/),
    ]);
    expect(faults('{ gpt: acme/nothing }')).toEqual([expect.stringContaining('did you mean')]);
    expect(faults('{ gpt: nothing }')).toEqual([expect.stringMatching(/^aliases.gpt.0: must be/)]);
    expect(faults('{ gpt: [] }')).toEqual([expect.stringMatching(/^aliases.gpt: must name 1 to/)]);
  });
});
