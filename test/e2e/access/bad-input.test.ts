import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startPostgresServer, startServer, type TestServer } from '../../support/servers/server.ts';
import { badInputs, ruledOut, secret } from './bad-inputs.ts';
import { adminJson, exchange } from './raw-http.ts';
import { readState } from './state.ts';

const id = (type: string, of: string) => btoa(`${type}:${of}`);
const nobody = '019aab00-0000-7000-8000-000000000001';

/** Texts that are no tenant's id, each in its own way. */
const noTenants = {
  'an unknown tenant': id('Tenant', nobody),
  'no global id': 'x',
  'a bare UUID': nobody,
  'an empty text': '',
  'an id without a type': btoa(`:${nobody}`),
  'an id of a NUL': id('Tenant', '\0'),
  'an id of a type that is none': id('constructor', nobody),
};

const databases = [
  { database: 'embedded', start: startServer, skip: false },
  { database: 'postgres', start: startPostgresServer, skip: inject('postgres') === null },
];

describe.each(databases)('bad input ($database)', ({ start, skip }) => {
  let server: TestServer;
  let before: Record<string, string>;
  beforeAll(async () => {
    if (skip) return;
    server = await start();
    before = await readState(server);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** Asks as the admin, and makes sure that the process is well afterwards. */
  async function ask(query: string, variables: object = {}) {
    const answer = await exchange(`${server.url}/graphql`, {
      method: 'POST',
      headers: { ...adminJson, accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, variables }),
    });
    expect((await server.ask('{ viewer { roles } }')).data).toEqual({ viewer: { roles: ['ADMIN'] } });
    const { data } = JSON.parse(answer.text) as { data?: Record<string, unknown> | null };
    return { ...answer, data };
  }

  /** Tests after which the database holds what it held before, row by row. */
  const describeInVain = (name: string, define: () => void) =>
    describe.skipIf(skip)(name, () => {
      afterAll(async () => expect(await readState(server)).toEqual(before));
      define();
    });

  for (const { field, operation, type, rest, inputs } of badInputs) {
    describeInVain(field, () => {
      test.each(inputs)('%s is InvalidInput that names it', async (_, input, paths) => {
        const { data, text } = await ask(
          `${operation} ($input: ${type}!) {
            ${field}(input: $input) { __typename ... on InvalidInput { code issues { path message } } }
          }`,
          { input: { ...rest, ...input } },
        );
        const answer = data?.[field] as { issues: { path: string[] }[] };
        expect(answer).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT' });
        expect(answer.issues.map(({ path }) => path.join('.')).join(', ')).toBe(paths);
        expect(text).not.toContain(secret);
      });
    });
  }

  describeInVain('what a type rules out is refused with 400 that names it', () => {
    const cases = ruledOut.map(([name, query, word, variables]) => ({ name, query, word, variables }));
    test.each(cases)('$name', async ({ query, word, variables }) => {
      const answer = await ask(query, variables);
      expect(answer.status).toBe(400);
      expect(answer.data).toBeUndefined();
      expect(['INVALID_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(answer.codes[0]);
      expect(answer.text).toContain(word);
    });
  });

  describeInVain('an argument out of its bounds is INVALID_INPUT that names it', () => {
    const cursor = `999999999999999.${nobody}.1`;
    test.each([
      ['first', '{ models(first: 0) { nodes { id } } }'],
      ['first', '{ routingDecisions(first: 201) { nodes { id } } }'],
      ['first', '{ auditLog(first: -1) { nodes { id } } }'],
      ['after', '{ tenants(after: "x") { nodes { id } } }'],
      ['after', '{ routingDecisions(after: "x") { nodes { id } } }'],
      ['after', `{ routingDecisions(after: "${cursor}") { nodes { id } } }`],
      ['after', '{ auditLog(after: "x") { nodes { id } } }'],
      ['toSeq', '{ verifyAuditChain(fromSeq: 5, toSeq: 2) { ok } }'],
      ['first', '{ circuitBreakers(first: 0) { nodes { id } } }'],
      ['first', '{ breakerTransitions(first: 201) { nodes { id } } }'],
      ['after', '{ breakerTransitions(after: "x") { nodes { id } } }'],
      ['after', '{ breakerTransitions(after: "t9999999999999999999") { nodes { id } } }'],
      ['modelSlug', String.raw`{ breakerTransitions(modelSlug: "a\u0000") { nodes { id } } }`],
      ['type', String.raw`{ auditLog(type: "a\u0000") { nodes { id } } }`],
      ['workflowId', String.raw`{ routingDecisions(workflowId: "a\u0000") { nodes { id } } }`],
      ['modelKey', String.raw`{ routingDecisions(modelKey: "a/b\u0000") { nodes { id } } }`],
      ['slug', String.raw`{ tenant(slug: "a\u0000") { id } }`],
    ])('%s: %s', async (argument, query) => {
      const answer = await ask(query);
      expect(answer.codes).toEqual(['INVALID_INPUT']);
      expect(answer.text).toContain(`"message":"${argument}: `);
    });
  });

  for (const [name, tenantId] of Object.entries(noTenants)) {
    describeInVain(name, () => {
      test.each([
        ['node', 'query ($id: ID!) { node(id: $id) { id } }'],
        ['tenant', 'query ($id: ID!) { tenant(id: $id) { id } }'],
        ['tenantPolicy', 'query ($id: ID!) { tenantPolicy(tenantId: $id) { version } }'],
        ['routingDecision', 'query ($id: ID!) { routingDecision(id: $id) { id } }'],
      ])('finds nothing: %s', async (field, query) => {
        expect(await ask(query, { id: tenantId })).toMatchObject({ codes: [], data: { [field]: null } });
      });

      test.each([
        ['updateTenantPolicy', 'tenantId: $id, version: 1, maxAttempts: 1'],
        ['issueApiKey', 'tenantId: $id, roles: [VIEWER]'],
        ['deleteTenant', 'id: $id'],
        ['revokeApiKey', 'id: $id'],
      ])('is NotFound: %s', async (field, input) => {
        const fields = '{ __typename ... on Error { code } }';
        const mutation = `mutation ($id: ID!) { ${field}(input: { ${input} }) ${fields} }`;
        expect(await ask(mutation, { id: tenantId })).toMatchObject({
          codes: [],
          data: { [field]: { __typename: 'NotFound', code: 'NOT_FOUND' } },
        });
      });
    });
  }

  describeInVain('a model that is not there is NotFound', () => {
    const mutation = 'mutation ($in: ArchiveModelInput!) { archiveModel(input: $in) { __typename } }';
    test.each(['nobody', '__proto__', 'constructor', 'a\0'])('of the provider %j', async (providerSlug) => {
      const { data } = await ask(mutation, { in: { providerSlug, modelSlug: 'toString' } });
      expect(data).toEqual({ archiveModel: { __typename: 'NotFound' } });
    });
  });

  test.skipIf(skip)('an archived model is a refusal that says so, and is recorded whole', async () => {
    await server.ask(
      'mutation { archiveModel(input: { providerSlug: "simulated", modelSlug: "steady" }) { __typename } }',
    );
    const { data } = await ask(`mutation {
      route(input: { messages: [{ role: USER, content: "x" }], models: ["simulated/steady"] }) {
        ... on NoEligibleModel {
          code
          retryAfterMs
          decision { status attempts { position } auditSeq plan { ranked { position } rejected { reason modelSlug } } }
        }
      }
    }`);
    const { decision, ...refusal } = data?.['route'] as {
      decision: { plan: { rejected: { reason: string; modelSlug: string }[] } };
    };
    expect(refusal).toEqual({ code: 'NO_ELIGIBLE_MODEL', retryAfterMs: null });
    expect(decision).toMatchObject({ status: 'REFUSED', attempts: [], auditSeq: 3, plan: { ranked: [] } });
    expect(decision.plan.rejected).toContainEqual({ reason: 'DISABLED', modelSlug: 'steady' });
  });
});
