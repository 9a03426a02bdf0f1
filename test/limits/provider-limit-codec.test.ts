import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hardDownMs } from '../../src/limits/hard-down.ts';
import { decodeLimits, encodeLimits } from '../../src/limits/provider-limit-codec.ts';
import type { SharedLimits } from '../../src/limits/provider-limit-exchange.ts';
import { longestUnaskedCoolDownMs } from '../../src/limits/provider-limit.ts';
import { quotaWindowMs } from '../../src/limits/quota.ts';
import { maxRetryAfterMs } from '../../src/providers/parse-retry-after.ts';

const told: SharedLimits = {
  providers: [
    {
      slug: 'one',
      uses: [
        { leftMs: 60_000, requests: 2, tokens: 70 },
        { leftMs: 900, requests: 1, tokens: 5 },
      ],
    },
  ],
  models: [
    {
      ...{ key: 'one/a', coolingMs: 5000, backOffMs: 10_000 },
      requests: { limit: 60, remaining: 3, leftMs: 4000, agoMs: 20, resets: true, waitMs: 2000 },
      tokens: { limit: null, remaining: 9, leftMs: 900, agoMs: 20, resets: false, waitMs: 0 },
    },
  ],
  hardDowns: [{ name: 'one', leftMs: 1_800_000, agoMs: 5, catalogVersion: 7 }],
  lifts: [{ name: 'two/a/b', leftMs: 700, agoMs: 5 }],
};
const nothing: SharedLimits = { providers: [], models: [], hardDowns: [], lifts: [] };

test('what was told this moment arrives as it was told', () => {
  expect(decodeLimits(encodeLimits(told), 0)).toEqual(told);
  expect(decodeLimits(encodeLimits(nothing), 0)).toEqual(nothing);
});

test('what was told a while ago has so much less before it and more behind it', () => {
  expect(decodeLimits(encodeLimits(told), 1000)).toEqual({
    providers: [{ slug: 'one', uses: [{ leftMs: 59_000, requests: 2, tokens: 70 }] }],
    models: [
      {
        ...{ key: 'one/a', coolingMs: 4000, backOffMs: 10_000, tokens: null },
        requests: { limit: 60, remaining: 3, leftMs: 3000, agoMs: 1020, resets: true, waitMs: 1000 },
      },
    ],
    hardDowns: [{ name: 'one', leftMs: 1_799_000, agoMs: 1005, catalogVersion: 7 }],
    lifts: [],
  });
});

test('what cannot be read is passed over, and takes nothing else with it', () => {
  const text = JSON.stringify({
    ...{ cooling: { 'one/a': [5000, 0], 'one/b': [5000], 'one/c': ['soon', 0], 'one/d': [-1, 0] } },
    ...{ providers: 'all', requests: null, lifts: { one: [1, 2, 3] }, another: { one: [1] } },
  });
  expect(decodeLimits(text, 0)).toEqual({
    ...nothing,
    models: [{ key: 'one/a', coolingMs: 5000, backOffMs: 0, requests: null, tokens: null }],
  });
});

/** Every duration in a text is this one, which is written as it stands. */
const lasting = (ms: string) => `{
  "providers": { "one": [${ms}, 1, 2] },
  "cooling": { "one/a": [${ms}, ${ms}] },
  "requests": { "one/a": [60, 0, ${ms}, 0, 1, ${ms}] },
  "tokens": { "one/a": [60, 0, ${ms}, 0, 1, ${ms}] },
  "hardDowns": { "one": [${ms}, 0, 7] },
  "lifts": { "two": [${ms}, 0] }
}`;

test('a number too large for any number is not read, and takes nothing else with it', () => {
  expect(decodeLimits(lasting('1e999'), 0)).toEqual(nothing);
  expect(decodeLimits('{"cooling":{"one/a":[1e999,0],"one/b":[5000,0]}}', 0).models).toMatchObject([
    { key: 'one/b', coolingMs: 5000 },
  ]);
});

test('nothing lasts longer than an instance can have met, and what was told a while ago less', () => {
  const [ageMs, leftMs] = [1000, maxRetryAfterMs - 1000];
  const reading = { limit: 60, remaining: 0, leftMs, agoMs: ageMs, resets: true, waitMs: leftMs };
  expect(decodeLimits(lasting('1e300'), ageMs)).toEqual({
    providers: [{ slug: 'one', uses: [{ leftMs: quotaWindowMs - ageMs, requests: 1, tokens: 2 }] }],
    models: [
      {
        ...{ key: 'one/a', coolingMs: leftMs, backOffMs: longestUnaskedCoolDownMs },
        ...{ requests: reading, tokens: reading },
      },
    ],
    hardDowns: [{ name: 'one', leftMs: hardDownMs - ageMs, agoMs: ageMs, catalogVersion: 7 }],
    lifts: [{ name: 'two', leftMs: hardDownMs - ageMs, agoMs: ageMs }],
  });
});

test('any text says something or nothing, and never fails', () => {
  const names = fc.constantFrom('providers', 'cooling', 'requests', 'tokens', 'hardDowns', 'lifts');
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .dictionary(names, fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())))
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, fc.nat(100_000), (text, ageMs) => {
      expect(Object.keys(decodeLimits(text, ageMs))).toEqual(Object.keys(nothing));
    }),
  );
});
