import { expect, it } from 'vitest';
import { createPooledFetch } from '../../../src/providers/transport/fetch.undici.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { createSockets } from '../../../src/system/resources/sockets.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';

it('connections that idle are closed for others when there are too many, and opened again when they are needed', async () => {
  await using one = await startScriptedProvider();
  await using other = await startScriptedProvider();
  const sockets = createSockets(10, nodeClock);
  await using pool = createPooledFetch(sockets.providers);
  const ask = async ({ baseUrl }: { readonly baseUrl: string }) =>
    (await pool.fetch(`${baseUrl}/chat/completions`, { method: 'POST', body: '{}' })).status;
  const askAtOnce = (provider: { readonly baseUrl: string }) =>
    Promise.all(Array.from({ length: 10 }, () => ask(provider)));

  const answered = Array.from({ length: 10 }, () => 200);
  for (const provider of [one, other, one, other]) expect(await askAtOnce(provider)).toEqual(answered);
  expect(sockets.providers.inUse()).toBe(0);
  // All ten of one were let go for the other's, each time.
  expect([one.connections, other.connections]).toEqual([20, 20]);
});

it('connections that cannot be opened are not counted', async () => {
  const sockets = createSockets(10, nodeClock);
  await using pool = createPooledFetch(sockets.providers);
  for (let call = 0; call < 20; call += 1) {
    await expect(pool.fetch('http://127.0.0.1:9/')).rejects.toThrow();
  }
  expect(sockets.providers.inUse()).toBe(0);
});
