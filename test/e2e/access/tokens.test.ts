import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTenant, change } from '../../support/graphql/admin.ts';
import { post, send, type GraphQLAnswer } from '../../support/graphql/client.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import {
  AUDIENCE,
  createSigningKey,
  ISSUER,
  signToken,
  startIssuer,
  type Issuer,
  type SigningKey,
  type TokenWords,
} from '../../support/tokens/issuer.ts';

const stack = new AsyncDisposableStack();
let issuer: Issuer;
let key: SigningKey;
let server: TestServer;
let acme: string;

beforeAll(async () => {
  key = await createSigningKey('one');
  issuer = stack.use(await startIssuer(key));
  const environment = issuer.environment({
    ...{ SWITCHYARD_JWT_REQUESTS_PER_MINUTE: '3', SWITCHYARD_FAILED_KEYS_PER_MINUTE_PER_ADDRESS: '100000' },
  });
  server = stack.use(await startServer(environment));
  acme = (await createTenant(server, 'acme')).id;
});
afterAll(() => stack.disposeAsync());

const who = '{ viewer { roles tenant { slug } } }';
const ask = (token: string, query = who): Promise<GraphQLAnswer> => send(server.url, token, query);
const sign = (words?: TokenWords) => signToken(key, words);
const now = () => Math.floor(Date.now() / 1000);

describe('a token', () => {
  test.each([
    ['the usual claims', {}, 'default', ['AGENT']],
    ['a tenant by its slug', { tenant: 'acme' }, 'acme', ['AGENT']],
    ['several roles', { roles: ['VIEWER', 'AGENT'] }, 'default', ['AGENT', 'VIEWER']],
    ['roles in one text', { roles: 'TENANT_ADMIN VIEWER' }, 'default', ['TENANT_ADMIN', 'VIEWER']],
    ['several audiences', { aud: ['other', AUDIENCE] }, 'default', ['AGENT']],
    ['a clock that is a little behind', { iat: now() + 20, nbf: now() + 20 }, 'default', ['AGENT']],
  ])('with %s is let in', async (_, claims, slug, roles) => {
    expect(await ask(await sign({ claims }))).toMatchObject({
      ...{ status: 200, data: { viewer: { roles, tenant: { slug } } } },
    });
  });

  test('names its tenant by its UUID as well', async () => {
    const uuid = Buffer.from(acme, 'base64').toString().replace('Tenant:', '');
    expect((await ask(await sign({ claims: { tenant: uuid } }))).data).toMatchObject({
      viewer: { tenant: { slug: 'acme' } },
    });
  });

  test.each<readonly [string, TokenWords]>([
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['no issuer', { claims: { iss: null } }],
    ['another audience', { claims: { aud: 'other' } }],
    ['no audience', { claims: { aud: null } }],
    ['an end in the past', { claims: { exp: now() - 31, iat: now() - 600 } }],
    ['no end', { claims: { exp: null } }],
    ['an end that is a text', { claims: { exp: '9999999999' } }],
    ['a life of more than a day', { claims: { exp: now() + 100_000 } }],
    ['a beginning that has not come', { claims: { nbf: now() + 600 } }],
    ['no subject', { claims: { sub: null } }],
    ['a tenant that there is not', { claims: { tenant: 'nobody' } }],
    ['the platform for its tenant', { claims: { tenant: 'platform' } }],
    ['no tenant', { claims: { tenant: null } }],
    ['a role that is not known', { claims: { roles: ['AGENT', 'OWNER'] } }],
    ['no roles', { claims: { roles: null } }],
    ['the role ADMIN', { claims: { roles: ['ADMIN'] } }],
    ['the type of another kind of token', { header: { typ: 'logout+jwt' } }],
  ])('with %s is refused', async (_, words) => {
    expect(await ask(await sign(words))).toMatchObject({
      ...{ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
  });

  test('may be an ADMIN’s where the operator says so', async () => {
    await using other = await startServer(issuer.environment({ SWITCHYARD_JWT_ADMIN: 'on' }));
    const answer = await send(
      other.url,
      await sign({ claims: { roles: ['ADMIN'] } }),
      '{ tenants { nodes { slug } } }',
    );
    expect(answer.errors).toBeUndefined();
  });

  test('has its claims where the operator says they are', async () => {
    const names = {
      SWITCHYARD_JWT_TENANT_CLAIM: 'https://example.com/org',
      SWITCHYARD_JWT_ROLES_CLAIM: 'https://example.com/roles',
    };
    await using other = await startServer(issuer.environment(names));
    const claims = { 'https://example.com/org': 'default', 'https://example.com/roles': ['VIEWER'] };
    const answer = await send(
      other.url,
      await sign({ claims: { ...claims, tenant: null, roles: null } }),
      who,
    );
    expect(answer.data).toMatchObject({ viewer: { roles: ['VIEWER'] } });
    expect(await send(other.url, await sign(), who)).toMatchObject({ status: 401 });
  });

  test('is kept to its roles and its tenant as a key is', async () => {
    const agent = await sign();
    expect(await ask(agent, '{ tenantPolicy { version } }')).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    const viewer = await sign({ claims: { roles: ['VIEWER'] } });
    expect((await ask(viewer, `{ tenantPolicy(tenantId: "${acme}") { version } }`)).data).toEqual({
      tenantPolicy: null,
    });
  });

  test('of a tenant that is deleted is refused at once', async () => {
    const { id } = await createTenant(server, 'leaving');
    const token = await sign({ claims: { tenant: 'leaving' } });
    expect(await ask(token)).toMatchObject({ status: 200 });
    await change(server, 'deleteTenant', { id });
    expect(await ask(token)).toMatchObject({ status: 401 });
  });
});

describe('what a forger tries', () => {
  test('is refused: no signature, a secret that is public, another’s key, a key that the token brings', async () => {
    const forger = await createSigningKey('one');
    const claims = {
      sub: 'x',
      tenant: 'default',
      roles: ['AGENT'],
      iss: ISSUER,
      aud: AUDIENCE,
      exp: now() + 600,
    };
    const secretOf = async (text: string) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(Buffer.from(text));
    const publicKey = await importJWK(key.published, 'ES256', { extractable: true });
    const sound = await sign();
    const [head = '', body = '', signature = ''] = sound.split('.');
    const other = Buffer.from(JSON.stringify({ ...claims, roles: ['TENANT_ADMIN'] })).toString('base64url');
    const forged = [
      new UnsecuredJWT(claims).encode(),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.AA`,
      await secretOf(JSON.stringify(key.published)),
      await secretOf(await exportSPKI(publicKey as CryptoKey)),
      await signToken(forger),
      await signToken(forger, { header: { jwk: forger.published } }),
      await signToken(forger, { header: { jku: `${issuer.url}/forged`, x5u: 'http://127.0.0.1:9/x' } }),
      await signToken(forger, { header: { kid: '../../dev/null' } }),
      await signToken(forger, { header: { kid: "' OR 1=1 --\u0000" } }),
      `${head}.${other}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${signature}.${signature}`,
      `${head}.${body}.${signature}=`,
    ];
    for (const token of forged) expect(await ask(token)).toMatchObject({ status: 401 });
    expect(await ask(sound)).toMatchObject({ status: 200 });
  });

  test('is refused in bounded time: headers and claims that are deep, long or demand what is not known', async () => {
    const part = (text: string) => Buffer.from(text).toString('base64url');
    const deep = '['.repeat(3_000) + ']'.repeat(3_000);
    const hostile = [
      `${part(`{"alg":"ES256","kid":"one","crit":["exp"]}`)}.${part('{}')}.AA`,
      `${part(`{"alg":"ES256","kid":"one","b64":false,"crit":["b64"]}`)}.${part('{}')}.AA`,
      `${part(`{"alg":"ES256","kid":${deep.slice(0, 1_000)}}`)}.${part('{}')}.AA`,
      `${part(`{"alg":"ES256","kid":"one"}`)}.${part(deep)}.AA`,
      `${part(`{"alg":"ES256","kid":"${'x'.repeat(1_400)}"}`)}.${part('{}')}.AA`,
      `${part(`{"alg":"ES256","kid":"one","zip":"DEF"}`)}.${part('x'.repeat(5_000))}.AA`,
      `${part('{"__proto__":{"alg":"ES256"},"kid":"one"}')}.${part('{}')}.AA`,
      `e${'.'.repeat(6_000)}`,
      `e${'y'.repeat(9_000)}.a.a`,
      await sign({ claims: { padding: 'x'.repeat(7_000) } }),
    ];
    for (const token of hostile) expect(await ask(token)).toMatchObject({ status: 401 });
    const flood = Array.from({ length: 300 }, (_, index) =>
      ask(`${part(`{"alg":"ES256","kid":"${index}"}`)}.e30.AA`),
    );
    for (const answer of await Promise.all(flood)) expect(answer.status).toBe(401);
    // The issuer is not asked for every key that somebody makes up.
    expect(issuer.reads()).toBeLessThan(20);
  });
});

describe('the issuer’s keys', () => {
  test('may be changed: the new one is found when it is first seen, and one that is withdrawn is good no longer', async () => {
    const [first, second, third] = [
      await createSigningKey('first', 'RS256'),
      await createSigningKey('second', 'PS256'),
      await createSigningKey('third', 'EdDSA'),
    ];
    await using own = await startIssuer(first);
    await using other = await startServer(own.environment());
    const status = async (token: string) => (await send(other.url, token, who)).status;
    const [old, newer, newest] = [await signToken(first), await signToken(second), await signToken(third)];
    expect([await status(old), await status(newer)]).toEqual([200, 401]);
    own.publish(first.published, second.published);
    expect([await status(newer), await status(old)]).toEqual([200, 200]);
    own.publish(third.published);
    expect([await status(newest), await status(newer), await status(old)]).toEqual([200, 401, 401]);
  });

  test('stay good while the issuer is away; without any, a token is told to come again', async () => {
    await using own = await startIssuer(key);
    own.behave('away');
    await using other = await startServer(own.environment());
    const asked = await post(other.url, await sign(), who);
    expect([asked.status, asked.headers.get('retry-after')]).toEqual([503, '1']);
    own.behave('well');
    const token = await sign();
    await expect
      .poll(async () => (await send(other.url, token, who)).status, { timeout: 30_000, interval: 500 })
      .toBe(200);
    own.behave('away');
    expect(await send(other.url, await sign({ claims: { sub: 'another' } }), who)).toMatchObject({
      status: 200,
    });
  }, 60_000);
});

test('a change by a token is in the audit chain with its subject', async () => {
  const token = await sign({ claims: { sub: 'auth0|jane', tenant: 'acme', roles: ['TENANT_ADMIN'] } });
  const { data } = await ask(token, '{ tenantPolicy { version } }');
  const { version } = data!['tenantPolicy'] as { version: number };
  await ask(
    token,
    `mutation { updateTenantPolicy(input: { version: ${version}, timeoutMs: 5000 }) { __typename } }`,
  );
  const log = await ask(token, '{ auditLog(first: 1) { nodes { type actor actorLabel } } }');
  expect(log.data).toEqual({
    auditLog: { nodes: [{ type: 'policy.changed', actor: 'jwt:auth0|jane', actorLabel: null }] },
  });
});

test('a quota is a subject’s, whichever of its tokens it shows', async () => {
  const call = 'mutation { route(input: { messages: [{ role: USER, content: "x" }] }) { __typename } }';
  const typename = async (sub: string, jti: string) => {
    const { data } = await ask(await sign({ claims: { sub, jti, tenant: 'acme' } }), call);
    return (data!['route'] as { __typename: string }).__typename;
  };
  for (const jti of ['1', '2', '3']) expect(await typename('busy', jti)).not.toBe('RateLimited');
  expect([await typename('busy', '4'), await typename('idle', '1')]).toEqual(['RateLimited', 'RouteSuccess']);
});

test('without an issuer a token is no key', async () => {
  await using other = await startServer();
  expect(await send(other.url, await sign(), who)).toMatchObject({ status: 401 });
});
