import { expect, test } from 'vitest';
import {
  createJwks,
  lookUps,
  READ_TIMEOUT_MS,
  REFRESH_MS,
  STALE_MS,
} from '../../../src/tenants/jwt/jwks.service.ts';
import { usableKeys } from '../../../src/tenants/jwt/jwks.ts';
import { createReadJwks } from '../../../src/tenants/jwt/read-jwks.node.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { createSigningKey, startIssuer, type Issuer } from '../../support/tokens/issuer.ts';

async function open(issuer: Issuer) {
  const time = createManualTime();
  const log = createKeptLog();
  const jwks = createJwks({ ...time, log, read: createReadJwks(issuer.url) });
  return { jwks, time, log, kids: () => jwks.current()?.keys.map(({ kid }) => kid) };
}

test('only public keys of pairs that sign are of use', () => {
  const rsa = { kty: 'RSA', n: 'x', e: 'AQAB' };
  expect(
    usableKeys({ keys: [rsa, { kty: 'oct', k: 'secret' }, { ...rsa, use: 'enc' }, { ...rsa, d: 'x' }, 1] }),
  ).toMatchObject({ keys: [rsa] });
  for (const published of [null, [], {}, { keys: {} }, { keys: [] }, { keys: [{ kty: 'oct', k: 'x' }] }]) {
    expect(usableKeys(published)).toBeUndefined();
  }
  expect(usableKeys({ keys: [{ ...rsa, n: 'x'.repeat(2_000) }] })).toBeUndefined();
  expect(usableKeys({ keys: [{ ...rsa, x5c: ['x'.repeat(30_000)] }] })).toBeUndefined();
});

test('keys are read at once, and anew from time to time, as they are published by then', async () => {
  const [one, two] = [await createSigningKey('one'), await createSigningKey('two')];
  await using issuer = await startIssuer(one);
  const { jwks, time, kids } = await open(issuer);
  await using _jwks = jwks;
  await expect.poll(kids).toEqual(['one']);
  const before = jwks.current();
  await time.advance(REFRESH_MS);
  await expect.poll(issuer.reads).toBe(2);
  expect(jwks.current()).toBe(before);
  issuer.publish(two.published);
  await time.advance(REFRESH_MS);
  await expect.poll(kids).toEqual(['two']);
});

test('unknown keys have them read again at once, and a flood of them not more often than is allowed', async () => {
  const [one, two] = [await createSigningKey('one'), await createSigningKey('two')];
  await using issuer = await startIssuer(one);
  const { jwks, time, kids } = await open(issuer);
  await using _jwks = jwks;
  await expect.poll(kids).toEqual(['one']);
  issuer.publish(one.published, two.published);
  await jwks.lookUp();
  expect(kids()).toEqual(['one', 'two']);
  for (let shown = 0; shown < 100; shown += 1) await jwks.lookUp();
  expect(issuer.reads()).toBe(1 + lookUps.atOnce);
  await time.advance(lookUps.everyMs);
  for (let shown = 0; shown < 100; shown += 1) await jwks.lookUp();
  expect(issuer.reads()).toBe(2 + lookUps.atOnce);
});

test('while the issuer is away its keys stay good for a day, and the log is told once', async () => {
  await using issuer = await startIssuer(await createSigningKey('one'));
  const { jwks, time, log, kids } = await open(issuer);
  await using _jwks = jwks;
  await expect.poll(kids).toEqual(['one']);
  for (const mode of ['away', 'redirect', 'garbage', 'endless'] as const) {
    issuer.behave(mode);
    const before = issuer.reads();
    await time.advance(REFRESH_MS);
    await expect.poll(issuer.reads).toBe(before + 1);
    await jwks.lookUp();
  }
  expect(kids()).toEqual(['one']);
  expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  await time.advance(STALE_MS);
  expect(kids()).toBeUndefined();
});

test('an issuer that says nothing is not waited for', async () => {
  await using issuer = await startIssuer(await createSigningKey('one'));
  issuer.behave('silent');
  const { jwks, time, log } = await open(issuer);
  await using _jwks = jwks;
  await expect.poll(issuer.reads).toBe(1);
  const waiting = jwks.lookUp();
  await time.advance(READ_TIMEOUT_MS);
  await waiting;
  expect(log.fields.join()).toBeDefined();
  expect(log.lines).toEqual([expect.stringContaining('cannot be read')]);
});

test('to be disposed of waits for no issuer', async () => {
  await using issuer = await startIssuer(await createSigningKey('one'));
  issuer.behave('silent');
  const { jwks, log } = await open(issuer);
  await expect.poll(issuer.reads).toBe(1);
  await jwks[Symbol.asyncDispose]();
  expect(log.lines).toEqual([]);
});
