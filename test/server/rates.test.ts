import { describe, expect, test } from 'vitest';
import type { Viewer } from '../../src/tenants/viewer.ts';
import { greet } from '../support/graphql/socket-client.ts';
import { post } from '../support/graphql/client.ts';
import { edgeLimits } from '../support/servers/edge-limits.ts';
import { stageEdge } from './edge-stage.ts';

const limited = (perMinute: Parameters<typeof edgeLimits>[1]) => ({ limits: edgeLimits({}, perMinute) });

/** The status of an answer, the code of its first error, and when to come back. */
async function told(response: Response) {
  const { errors = [] } = (await response.json()) as {
    errors?: { extensions: { code: string; retryAfterMs?: number } }[];
  };
  const [{ extensions } = { extensions: undefined }] = errors;
  return { status: response.status, code: extensions?.code, retryAfter: response.headers.get('retry-after') };
}

const refused = { status: 429, code: 'RATE_LIMITED', retryAfter: expect.stringMatching(/^\d+$/) as string };

describe('operations beside routed calls are counted', () => {
  test('for each key, over every transport and whether they can be executed or not', async () => {
    await using edge = await stageEdge(limited({ requestsPerKey: 4 }));
    const ask = async (query: string, key = 'good') => told(await post(edge.url, key, query));
    expect(await ask('{ hello }')).toMatchObject({ status: 200 });
    expect(await ask('{')).toMatchObject({ code: 'GRAPHQL_PARSE_FAILED' });
    expect(await ask('{ nothing }')).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    const client = await greet(edge.url);
    client.subscribe('1', '{ hello }');
    await client.until({ id: '1', type: 'complete' });
    client.subscribe('2', '{ hello }');
    const error = { extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) as number } };
    await client.until({ id: '2', type: 'next', payload: { errors: [expect.objectContaining(error)] } });
    for (const query of ['{ hello }', '{', '{ nothing }']) expect(await ask(query)).toEqual(refused);
    expect(await ask('{ hello }', 'stranger')).toMatchObject({ status: 200 });
  });

  test('megabytes for many, and who calls no models sends no more until there is room again', async () => {
    const reader: Viewer = { tenantId: 'tenant', keyId: 'reader', roles: ['VIEWER'] };
    await using edge = await stageEdge({
      ...limited({ requestsPerKey: 250 }),
      authenticate: () => reader,
    });
    const large = `{ hello } # ${'x'.repeat(1_000_000)}`;
    for (let count = 0; count < 5; count += 1) {
      expect((await post(edge.url, 'reader', large)).status).toBe(200);
    }
    expect(await told(await post(edge.url, 'reader', large))).toEqual(refused);
    const client = await greet(edge.url, 'reader');
    client.subscribe('1', large);
    expect(await client.closed).toEqual({ code: 1013, reason: 'Too much within a minute' });
  });

  test('for each address, whichever keys it uses', async () => {
    await using edge = await stageEdge(limited({ requestsPerAddress: 2 }));
    for (const key of ['good', 'stranger']) {
      expect((await post(edge.url, key, '{ hello }')).status).toBe(200);
    }
    expect(await told(await post(edge.url, 'good', '{ hello }'))).toEqual(refused);
  });

  test('and so are the subscriptions that a key starts', async () => {
    await using edge = await stageEdge(limited({ subscriptionsPerKey: 1 }));
    const start = () =>
      fetch(`${edge.url}/graphql?query=subscription{count}`, {
        headers: { authorization: 'Bearer good', accept: 'text/event-stream' },
      });
    expect((await start()).status).toBe(200);
    const second = await start();
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, refused.retryAfter]);
  });
});

describe('wrong keys are counted by address', () => {
  test('until none is looked at, but those that were right from there before', async () => {
    await using edge = await stageEdge(limited({ failedKeysPerAddress: 2 }));
    const ask = async (key: string) => told(await post(edge.url, key, '{ hello }'));
    expect(await ask('good')).toMatchObject({ status: 200 });
    for (const key of ['a', 'b']) expect(await ask(key)).toMatchObject({ status: 401 });
    expect(await ask('c')).toEqual(refused);
    expect(await ask('stranger')).toEqual(refused);
    expect(await ask('good')).toMatchObject({ status: 200 });
  });
});
