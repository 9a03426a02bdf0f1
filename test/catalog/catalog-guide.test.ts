import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCatalogView } from '../../src/catalog/catalog-view.ts';
import { applySource } from '../../src/catalog/source/catalog-source.ts';
import { parseCatalogFile } from '../../src/catalog/source/catalog-file.ts';
import { warningsOfModel } from '../../src/catalog/warnings.ts';
import { defaultPolicy } from '../policies/policies.ts';
import { secretsForAnywhere } from '../support/providers/secrets.ts';

const guide = readFileSync(new URL('../../docs/catalog.md', import.meta.url), 'utf8');
/** Every example of a file, under the title of its section. */
const examples = [...guide.matchAll(/^```yaml\n(?<content>.*?)^```$/gms)].map((match) => ({
  title: /.*^#{2,3} (?<title>[^\n]+)$/ms.exec(guide.slice(0, match.index))?.groups?.['title'] ?? '',
  content: match.groups?.['content'] ?? '',
}));

describe('the guide to the catalog', () => {
  it('has an entry to copy for each server that people ask for', () => {
    const titles = ['Ollama', 'vLLM', 'LM Studio', 'OpenRouter', 'Azure OpenAI', 'Amazon Bedrock'];
    expect(examples.map(({ title }) => title)).toEqual(['A file', 'Models that embed', ...titles]);
  });

  it.each(examples)(
    'shows a file that is right, and whose models a default policy calls: $title',
    ({ content }) => {
      const source = parseCatalogFile(content, 'catalog-file');
      if (!source.ok) throw new Error(JSON.stringify(source.issues));
      const changes = applySource({ version: 0, providers: [], models: [] }, source.value, 1);
      if (!changes.ok) throw new Error(JSON.stringify(changes.issues));
      const names = changes.value.providers.map(({ credentialName }) => credentialName ?? 'NO_CREDENTIAL');
      const secrets = secretsForAnywhere(Object.fromEntries(names.map((name) => [name, 'secret'])));
      const catalog = createCatalogView({ version: 1, ...changes.value }, secrets);
      expect(catalog.models.length).toBeGreaterThan(0);
      for (const { key } of catalog.models)
        expect(warningsOfModel(catalog, key, [defaultPolicy])).toEqual([]);
    },
  );
});
