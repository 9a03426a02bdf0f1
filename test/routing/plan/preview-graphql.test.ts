import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { change, createTenant, issueKey } from '../../support/graphql/admin.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const preview = `query ($tenantId: ID) {
  previewRoute(tenantId: $tenantId, input: { messages: [{ role: USER, content: "Hi" }] }) {
    ... on RoutingPlan { timeoutMs reason ranked { position modelSlug score firstShare contributions { quality latency cost } estimates { latencyMs } } }
    ... on InvalidInput { message }
  }
}`;

interface PreviewedPlan {
  readonly timeoutMs: number;
  readonly reason: string;
  readonly ranked: readonly {
    readonly score: number;
    readonly firstShare: number;
    readonly modelSlug: string;
  }[];
}

describe('previewRoute', () => {
  let server: TestServer;
  beforeAll(async () => void (server = await startServer()));
  afterAll(() => server[Symbol.asyncDispose]());

  const previewed = (variables: object = {}) =>
    server.field<PreviewedPlan>('previewRoute', preview, variables);

  test('draws nothing: two previews of one input are equal, and the best score is first', async () => {
    const first = await previewed();
    for (let index = 0; index < 10; index += 1) expect(await previewed()).toEqual(first);
    const scores = first.ranked.map(({ score }) => score);
    expect(scores[0]).toBe(Math.max(...scores));
    expect(first.ranked.reduce((sum, { firstShare }) => sum + firstShare, 0)).toBeCloseTo(1, 5);
    expect(first.reason).toContain(first.ranked[0]?.modelSlug);
  });

  test('shows no number with the noise of binary fractions', async () => {
    JSON.stringify(await previewed(), (_, value: unknown) => {
      if (typeof value === 'number') expect(String(value)).toMatch(/^\d+(\.\d{1,6})?$/);
      return value;
    });
  });

  test('explains for another tenant to an ADMIN, and to nobody else; who is not there is NOT_FOUND', async () => {
    const { id: tenantId } = await createTenant(server, 'previewed');
    await change(server, 'updateTenantPolicy', { tenantId, version: 1, timeoutMs: 1234 });
    expect(await previewed({ tenantId })).toMatchObject({ timeoutMs: 1234 });
    expect(await previewed()).toMatchObject({ timeoutMs: 60_000 });

    const { text: key } = await issueKey(server, { roles: ['TENANT_ADMIN'] });
    const own = await server.ask(preview, {}, key);
    expect(own.data?.['previewRoute']).toMatchObject({ timeoutMs: 60_000 });
    const strangers = [
      await server.ask(preview, { tenantId }, key),
      await server.ask(preview, { tenantId: btoa('Tenant:6dd1b0d1-4d3f-4a55-a9c6-0d8a3ba1b5c7') }),
      await server.ask(preview, { tenantId: 'nonsense' }),
    ];
    for (const { errors, data } of strangers) {
      expect(data).toBeNull();
      expect(errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
    }
  });

  test('voters are those of the named tenant', async () => {
    const { id: tenantId } = await createTenant(server, 'voting');
    const allowedModels = ['simulated/steady'];
    await change(server, 'updateTenantPolicy', { tenantId, version: 1, allowedModels });
    const voters = await server.field(
      'voters',
      `query ($id: ID) { voters(tenantId: $id, input: { messages: [{ role: USER, content: "Hi" }] }) { ... on VoterSelection { voters { modelSlug } } } }`,
      { id: tenantId },
    );
    expect(voters).toEqual({ voters: [{ modelSlug: 'steady' }] });
  });

  test('who may not preview is told which role it takes', async () => {
    const { text: key } = await issueKey(server, { roles: ['VIEWER'] });
    const { errors } = await server.ask(preview, {}, key);
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
      message:
        'To have models ranked without calling any, an API key needs the role ADMIN or TENANT_ADMIN or AGENT; this one has VIEWER.',
    });
  });

  test('names the credential that a provider lacks', async () => {
    const query = `{ previewRoute(input: { messages: [{ role: USER, content: "Hi" }] }) { ... on RoutingPlan { rejected { providerSlug detail } } } }`;
    const { rejected } = await server.field<{ rejected: { providerSlug: string; detail: string }[] }>(
      'previewRoute',
      query,
    );
    expect(rejected.find(({ providerSlug }) => providerSlug === 'openai')?.detail).toBe(
      'Its provider has no credentials: OPENAI_API_KEY is neither set nor a mounted file.',
    );
  });
});
