import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDataDir } from '../support/databases/fresh-databases.ts';
import { addModel, change, issueKey } from '../support/graphql/admin.ts';
import { routeDocument, sayHello } from '../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../support/providers/scripted-provider.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

let server: TestServer;
let home: ScriptedProvider;
let evil: ScriptedProvider;
const owned = new AsyncDisposableStack();

const secrets = {
  ACME_API_KEY: 'sk-acme-0123456789',
  OTHER_API_KEY: 'sk-other-0123456789',
  UNNAMED_API_KEY: 'sk-unnamed-0123456789',
  OPENAI_API_KEY: 'sk-openai-0123456789',
};

beforeAll(async () => {
  home = owned.use(await startScriptedProvider());
  evil = owned.use(await startScriptedProvider());
  const dataDir = owned.use(await createDataDir('migrated')).path;
  const catalog = join(dataDir, 'catalog.yaml');
  await writeFile(
    catalog,
    JSON.stringify({
      providers: [
        {
          ...{ slug: 'acme', adapter: 'openai-compatible', baseUrl: home.baseUrl },
          credentialName: 'ACME_API_KEY',
        },
      ],
    }),
  );
  server = owned.use(
    await startServer({
      SWITCHYARD_DATA_DIR: dataDir,
      SWITCHYARD_CATALOG: catalog,
      SWITCHYARD_CREDENTIAL_HOSTS: `OTHER_API_KEY=${new URL(home.baseUrl).host}`,
      ...secrets,
    }),
  );
});

afterAll(() => owned.disposeAsync());

const upsert = (input: object) =>
  server.field<{ __typename: string; issues?: { path: string[]; message: string }[] }>(
    'upsertProvider',
    `mutation ($input: UpsertProviderInput!) { upsertProvider(input: $input) {
      __typename ... on InvalidInput { issues { path message } } ... on UpsertProviderPayload { provider { hasCredentials } } } }`,
    { input },
  );

const callModel = (model: string) =>
  server.field<{ __typename: string }>('route', routeDocument(''), {
    input: sayHello({ models: [model] }),
  });

describe('a credential', () => {
  test.each([
    ['of the process', 'PATH'],
    ['of nobody', 'NOT_THERE_AT_ALL'],
    ['that nobody has named', 'UNNAMED_API_KEY'],
    ['of another provider', 'OPENAI_API_KEY'],
    ['of the catalog file', 'ACME_API_KEY'],
    ['of the list', 'OTHER_API_KEY'],
  ])('%s cannot be sent to a host that an ADMIN chooses', async (_, credentialName) => {
    const input = { slug: 'evil', adapter: 'openai-compatible', baseUrl: evil.baseUrl, credentialName };
    const answer = await upsert(input);
    expect(answer).toMatchObject({ __typename: 'InvalidInput', issues: [{ path: ['credentialName'] }] });
    const audit = await server.app.services.database.prisma.auditEntry.findMany({
      where: { type: 'catalog.changed' },
      orderBy: { seq: 'desc' },
      take: 1,
    });
    expect(audit).toHaveLength(1);
    expect(JSON.stringify([answer, audit.map(({ canonical }) => canonical)])).not.toContain(credentialName);
  });

  test('says the same of names that the environment has and of names that it has not', async () => {
    const input = { slug: 'evil', adapter: 'openai-compatible', baseUrl: evil.baseUrl };
    const [there, absent] = await Promise.all(
      ['PATH', 'NOT_THERE_AT_ALL'].map((credentialName) => upsert({ ...input, credentialName })),
    );
    expect(there).toEqual(absent);
  });

  test('goes where the file and the list have said, and nowhere when its provider is moved', async () => {
    await addModel(server, 'other', home);
    await change(server, 'upsertProvider', { slug: 'other', credentialName: 'OTHER_API_KEY' });
    await change(server, 'upsertProvider', { slug: 'acme', name: 'Acme' });
    expect(await callModel('other/model')).toMatchObject({ __typename: 'RouteSuccess' });
    expect(home.requests.at(-1)?.headers.authorization).toBe(`Bearer ${secrets.OTHER_API_KEY}`);
    for (const baseUrl of [
      evil.baseUrl,
      home.baseUrl.replace('127.0.0.1', 'localhost'),
      'http://example.com',
    ]) {
      expect(await upsert({ slug: 'other', baseUrl })).toMatchObject({ issues: [{ path: ['baseUrl'] }] });
    }
    expect(await upsert({ slug: 'acme', adapter: 'openai', baseUrl: null })).toMatchObject({
      issues: [{ path: ['baseUrl'] }],
    });
  });

  test('is not sent by a row that was written past the rule, nor does it show whether it is there', async () => {
    await addModel(server, 'older', evil);
    await server.app.services.database.prisma.provider.update({
      where: { slug: 'older' },
      data: { credentialName: 'OPENAI_API_KEY' },
    });
    // Any change of the catalog has it read again.
    await change(server, 'upsertProvider', { slug: 'acme', name: 'Acme, once more' });
    const before = evil.received;
    expect(await callModel('older/model')).toMatchObject({ __typename: 'NoEligibleModel' });
    expect(evil.received).toBe(before);
    const shown = await server.ask('{ providers { slug hasCredentials } }');
    expect(shown.data?.['providers']).toContainEqual({ slug: 'older', hasCredentials: false });
    const { text: key } = await issueKey(server);
    const preview = await server.ask(
      `{ previewRoute(input: { messages: [{ role: USER, content: "Hi" }] }) { ... on RoutingPlan { rejected { providerSlug detail } } } }`,
      {},
      key,
    );
    expect(JSON.stringify(preview)).toContain('SWITCHYARD_CREDENTIAL_HOSTS');
    await change(server, 'upsertProvider', { slug: 'older', enabled: false });
  });

  test('does not follow a redirect', async () => {
    home.next({ status: 307, headers: { location: `${evil.baseUrl}/chat/completions` }, body: {} });
    const before = evil.received;
    await callModel('other/model');
    expect(evil.received).toBe(before);
  });
});
