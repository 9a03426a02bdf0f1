import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel, nowhere } from '../support/graphql/admin.ts';
import { adminKey } from '../support/graphql/client.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { ask } from './http-client.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
beforeAll(async () => {
  server = stack.use(await startServer());
  await addModel(server, 'first', nowhere);
});
afterAll(() => stack.disposeAsync());

it('the list has the shape of OpenAI: auto and its variants first, then models in use', async () => {
  const { status, body } = await ask(server, '/v1/models');
  expect(status).toBe(200);
  expect(body.object).toBe('list');
  const data = body.data as readonly { readonly id: string }[];
  const ids = data.map(({ id }) => id);
  expect(ids.slice(0, 2)).toEqual(['auto', 'auto:balanced']);
  expect(ids).toContain('first/model');
  expect(data[0]).toEqual({ id: 'auto', object: 'model', created: 0, owned_by: 'switchyard' });
});

it('has the shape of Anthropic for whoever sends its version', async () => {
  const headers = { 'x-api-key': adminKey, 'anthropic-version': '2023-06-01' };
  const { body } = await ask(server, '/v1/models', undefined, headers);
  expect(body).toMatchObject({ has_more: false, first_id: 'auto' });
  expect(body.data[0]).toMatchObject({ type: 'model', id: 'auto' });
  const missing = await ask(server, '/v1/models/nobody', undefined, headers);
  expect(missing).toMatchObject({ status: 404, body: { type: 'error', error: { type: 'not_found_error' } } });
});

it('a path of nothing is refused in the shape of Anthropic below its own, and for whoever sends its version', async () => {
  const version = { 'x-api-key': adminKey, 'anthropic-version': '2023-06-01' };
  const error = { type: 'error', error: { type: 'not_found_error' } };
  for (const path of ['/v1/messages/batches', '/v1/messages/', '/v1/messages/?beta=true']) {
    expect(await ask(server, path)).toMatchObject({ status: 404, body: error });
  }
  expect(await ask(server, '/v1/files', undefined, version)).toMatchObject({ status: 404, body: error });
  expect(await ask(server, '/v1/files')).toMatchObject({
    status: 404,
    body: { error: { code: 'not_found' } },
  });
});

it('one model is found by its name, whose slashes may be plain, and an unknown one names the nearest', async () => {
  for (const path of ['/v1/models/first/model', '/v1/models/first%2Fmodel']) {
    expect((await ask(server, path)).body).toMatchObject({ id: 'first/model', owned_by: 'first' });
  }
  const missing = await ask(server, '/v1/models/first/modle');
  expect(missing).toMatchObject({ status: 404, body: { error: { code: 'model_not_found' } } });
  expect(missing.body.error.message).toContain('first/model');
});
