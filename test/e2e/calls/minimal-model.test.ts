import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { change, createTenant, issueKey } from '../../support/graphql/admin.ts';
import { route } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const preview = `query ($input: RouteInput!) { previewRoute(input: $input) { ... on RoutingPlan {
  reason ranked { providerSlug } rejected { providerSlug modelSlug reason detail } } } }`;

interface PreviewedPlan {
  readonly reason: string;
  readonly ranked: readonly { readonly providerSlug: string }[];
  readonly rejected: readonly object[];
}

interface Warned {
  readonly warnings: readonly string[];
}

const minimal = {
  ...{ providerSlug: 'ollama', modelSlug: 'llama3.2' },
  ...{ contextWindowTokens: 8192, maxOutputTokens: 2048 },
  ...{ inputUsdPerMillionTokens: 0, outputUsdPerMillionTokens: 0 },
};
const vetoed = { providerSlug: 'ollama', modelSlug: 'llama3.2', reason: 'COMPLIANCE_VETO' };

describe('the first model of one’s own, on a fresh installation', () => {
  const stack = new AsyncDisposableStack();
  let server: TestServer;
  let ollama: ScriptedProvider;
  beforeAll(async () => {
    server = stack.use(await startServer());
    ollama = stack.use(await startScriptedProvider());
  });
  afterAll(() => stack.disposeAsync());

  const upsert = (more: object = {}) =>
    change<Warned>(server, 'upsertModel', { ...minimal, ...more }, 'warnings');
  const planned = (input: object = {}) =>
    server.field<PreviewedPlan>('previewRoute', preview, {
      input: { messages: [{ role: 'USER', content: 'Hi' }], ...input },
    });
  const providersOf = ({ ranked }: PreviewedPlan) => [...new Set(ranked.map((each) => each.providerSlug))];

  it('is warned of when it has no compliance score, and does not stop the simulated ones from answering', async () => {
    const provider = { slug: 'ollama', adapter: 'openai-compatible', baseUrl: ollama.baseUrl };
    expect(await change(server, 'upsertProvider', provider, 'warnings')).toMatchObject({ warnings: [] });
    expect(await upsert()).toMatchObject({
      warnings: ['no policy of this deployment would call this model: compliance 0 below 0.50'],
    });
    const again = await change<Warned>(server, 'upsertProvider', provider, 'warnings');
    expect(again.warnings).toEqual([
      'no policy of this deployment would call a model of this provider: ollama/llama3.2: compliance 0 below 0.50',
    ]);

    const answer = await route(server);
    expect(answer).toMatchObject({ __typename: 'RouteSuccess' });
    expect(answer.completion?.model.key).toMatch(/^simulated/);
    expect(answer.decision.plan.rejected).toContainEqual(expect.objectContaining(vetoed));
    expect(ollama.received).toBe(0);
  });

  it('is explained by previews, which say that simulated models take part', async () => {
    const plan = await planned();
    expect(providersOf(plan)).toEqual(expect.arrayContaining(['simulated', 'simulated-alt']));
    expect(plan.reason).toContain(
      'simulated models take part, because the policy lets no real model be called',
    );
    expect(plan.rejected).toContainEqual(expect.objectContaining(vetoed));
  });

  it('is named, with what it lacks, when it alone was asked for', async () => {
    expect(await route(server, { models: ['ollama/*'] })).toMatchObject({
      __typename: 'NoEligibleModel',
      message: expect.stringContaining('ollama/llama3.2: compliance 0 % below 50 %') as string,
    });
  });

  it('answers as soon as it has a score, and the simulated ones stand aside', async () => {
    expect(await upsert({ complianceScore: 0.6 })).toMatchObject({ warnings: [] });
    expect(await route(server)).toMatchObject({ completion: { model: { key: 'ollama/llama3.2' } } });
    expect(providersOf(await planned())).toEqual(['ollama']);
  });

  it('lets nobody make answers up because one request is stricter than its tenant, or the model is down', async () => {
    const strict = await route(server, { policy: { complianceVetoThreshold: 0.9 } });
    expect(strict).toMatchObject({
      __typename: 'NoEligibleModel',
      message: expect.stringContaining('ollama/llama3.2: compliance 60 % below 90 %') as string,
    });
    ollama.always({ status: 500 });
    expect(await route(server)).toMatchObject({ __typename: 'AttemptsExhausted' });
    ollama.always({});
  });

  it('serves each tenant by its own policy: simulated ones only where no real one may be called', async () => {
    const tenant = await createTenant(server, 'careful');
    await change(server, 'updateTenantPolicy', {
      tenantId: tenant.id,
      version: 1,
      complianceVetoThreshold: 0.9,
    });
    const { text: key } = await issueKey(server, { roles: ['AGENT'], tenantId: tenant.id });
    const theirs = await server.ask(
      `mutation { route(input: { messages: [{ role: USER, content: "Hi" }] }) {
        ... on RouteSuccess { completion { model { providerSlug } } } } }`,
      {},
      key,
    );
    expect(JSON.stringify(theirs.data)).toMatch(/"providerSlug":"simulated/);
    expect(await route(server)).toMatchObject({ completion: { model: { key: 'ollama/llama3.2' } } });
  });
});
