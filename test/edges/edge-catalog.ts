import type { CatalogView } from '../../src/catalog/catalog-view.ts';

/** A catalog of a few models as far as names are looked up in it. */
export const edgeCatalog = {
  aliases: new Map([['claude-alias', ['anthropic/claude', 'other/claude']]]),
  providers: ['anthropic', 'openai', 'other'].map((slug) => ({
    provider: { slug, adapter: slug === 'other' ? 'openai-compatible' : slug, archivedAt: null },
  })),
  models: ['anthropic/claude', 'openai/gpt', 'other/claude'].map((key) => ({
    key,
    model: { slug: key.slice(key.indexOf('/') + 1), archivedAt: null },
  })),
  model: (key: string) => edgeCatalog.models.find((each) => each.key === key),
  provider: (slug: string) => edgeCatalog.providers.find(({ provider }) => provider.slug === slug),
} as unknown as CatalogView;
