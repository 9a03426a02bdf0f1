import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** The packages of providers that a process has loaded after it ran this. */
function loadedAfter(script: string): readonly string[] {
  const hooks = `
    import { registerHooks } from 'node:module';
    const packages = new Set();
    registerHooks({
      load(url, context, next) {
        const found = /node_modules\\/(@ai-sdk\\/[^/]+|@smithy\\/[^/]+|aws4fetch)\\//.exec(url);
        if (found) packages.add(found[1]);
        return next(url, context);
      },
    });
    ${script}
    console.log(JSON.stringify([...packages]));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', hooks], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

/** Shared by all, and without a provider of its own. */
const shared = new Set(['@ai-sdk/provider', '@ai-sdk/provider-utils']);
const providersOf = (packages: readonly string[]) => packages.filter((name) => !shared.has(name)).sort();

const call = (adapter: string, settings: object) => `
  const { createTestFactory, question, nobodyLeaves } = await import('./test/support/providers/provider-calls.ts');
  const provider = await createTestFactory().factory.provider({
    slug: 'them', adapter: '${adapter}', baseUrl: 'http://127.0.0.1:9', credential: 'k',
    settings: ${JSON.stringify({ region: null, apiVersion: null, project: null, ...settings })},
  });
  await provider.call(question(), nobodyLeaves());
`;

describe('the packages of providers', () => {
  it('are not loaded by what starts the server', () => {
    expect(
      providersOf(loadedAfter(`await import('./src/app.ts'); await import('./src/cli/serve.ts');`)),
    ).toEqual([]);
  });

  it.each([
    ['openai', {}, ['@ai-sdk/openai']],
    ['togetherai', {}, ['@ai-sdk/openai-compatible']],
    ['mistral', {}, ['@ai-sdk/mistral']],
    ['groq', {}, ['@ai-sdk/groq']],
    ['xai', {}, ['@ai-sdk/openai']],
    ['cohere', {}, ['@ai-sdk/cohere']],
    ['deepseek', {}, ['@ai-sdk/deepseek']],
    ['google-vertex', { project: 'acme-ai', region: 'us' }, ['@ai-sdk/google']],
  ])('of %s are the only ones that its call loads', (adapter, settings, packages) => {
    expect(providersOf(loadedAfter(call(adapter, settings)))).toEqual(packages);
  });

  it('of Bedrock are loaded by a call of Bedrock alone', () => {
    const packages = providersOf(loadedAfter(call('amazon-bedrock', { region: 'us-east-1' })));
    expect(packages).toContain('@ai-sdk/amazon-bedrock');
    expect(packages).not.toContain('@ai-sdk/azure');
  });
});
