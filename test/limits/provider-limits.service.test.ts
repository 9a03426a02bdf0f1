import { describe, expect, test } from 'vitest';
import { unlimited } from '../../src/limits/limit-board.ts';
import { HARD_DOWN_MS } from '../../src/limits/hard-down.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders } from './limits-stage.ts';

const one = { providerSlug: 'one', modelSlug: null };
const oneA = { providerSlug: 'one', modelSlug: 'a' };

describe('a model of which nothing is known', () => {
  test('is admitted without end, and every such model has the same measures', async () => {
    await using stage = openLimits();
    for (let call = 0; call < 1000; call += 1) stage.call();
    for (const key of ['one/a', 'one/b', 'no/such']) expect(stage.limits.measuresOf(key)).toBe(unlimited);
    expect(unlimited).toEqual({ headroomPermille: 1000, coolDownMs: null, hardDownMs: null });
    expect(stage.limits.stateOf('one/a')).toBeNull();
    expect(stage.time.pending()).toBe(0);
  });
});

test('whoever has other measures than the rest is visited, by its key or its provider’s slug', async () => {
  await using stage = openLimits({ catalog: catalogOf(1, { requestsPerMinute: 10 }) });
  const differing = () => {
    const visited = new Set<string>();
    stage.limits.eachKnown((name) => visited.add(name));
    const keys = ['one/a', 'one/b', 'two/a'].filter((key) => stage.limits.measuresOf(key) !== unlimited);
    for (const key of keys) expect(visited.has(key) || visited.has(key.slice(0, 3))).toBe(true);
    return keys;
  };
  expect(differing()).toEqual([]);
  stage.call({ failure: rateLimited(2000) });
  expect(differing()).toEqual(['one/a']);
  for (let call = 0; call < 9; call += 1) stage.call({}, 'one/b');
  expect(differing()).toEqual(['one/a', 'one/b']);
  stage.limits.markHardDown({ providerSlug: 'two', modelSlug: null }, 1);
  expect(differing()).toEqual(['one/a', 'one/b', 'two/a']);
});

describe('a 429', () => {
  test('cools the model that was called and no other, for as long as the provider asked', async () => {
    await using stage = openLimits();
    stage.call({ failure: rateLimited(2000) });
    expect(stage.attempt('one/a')).toBe(2000);
    expect(stage.limits.measuresOf('one/a')).toEqual({ ...unlimited, coolDownMs: 2000 });
    expect(stage.attempt('one/b')).toBe('admitted');
    await stage.time.advance(1999);
    expect(stage.attempt('one/a')).toBe(1);
    await stage.time.advance(1);
    expect(stage.attempt('one/a')).toBe('admitted');
  });

  test('that comes late does not shorten what an earlier one asked for', async () => {
    await using stage = openLimits();
    const [long, short] = [stage.send(), stage.send()];
    long.settle({ failure: rateLimited(60_000), headers: {}, usage: null });
    short.settle({ failure: rateLimited(1000), headers: {}, usage: null });
    expect(stage.attempt()).toBe(60_000);
  });

  test('is lifted by whoever finds the model well, which a trial can find out', async () => {
    await using stage = openLimits();
    stage.call({ failure: rateLimited(60_000) });
    stage.call({ failure: rateLimited(60_000) }, 'one/b');
    stage.limits.markHardDown(one, 1);
    await stage.time.advance(10);
    const target = { key: 'one/a', providerSlug: 'one', estimatedTokens: 1 };
    expect(stage.limits.admit(target)).toMatchObject({ reason: 'HARD_DOWN' });
    const trial = stage.limits.admit({ ...target, isTrial: true });
    expect(trial.admitted).toBe(true);
    for (const scope of [one, oneA]) stage.limits.lift(scope);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual(['admitted', 59_990]);
  });

  test('does not keep a trial from what an operator configured', async () => {
    await using stage = openLimits({ catalog: catalogOf(1, { requestsPerMinute: 1 }) });
    stage.call({ failure: rateLimited(60_000) });
    const trial = { key: 'one/a', providerSlug: 'one', estimatedTokens: 1, isTrial: true };
    expect([stage.limits.refusalOf(trial), stage.limits.admit(trial)]).toMatchObject([
      { reason: 'RATE_LIMITED' },
      { reason: 'RATE_LIMITED' },
    ]);
  });

  test('is the only failure that cools, but for a server error that says until when', async () => {
    await using stage = openLimits();
    for (const failureClass of ['QUOTA_EXHAUSTED', 'AUTH', 'TIMEOUT'] as const) {
      stage.call({ failure: { failureClass, message: '', retryAfterMs: 9000 } });
    }
    stage.call({ failure: { failureClass: 'SERVER_ERROR', message: '' } });
    expect(stage.limits.measuresOf('one/a')).toBe(unlimited);
    stage.call({ failure: { failureClass: 'SERVER_ERROR', message: '', retryAfterMs: 9000 } });
    expect(stage.limits.measuresOf('one/a').coolDownMs).toBe(9000);
  });
});

describe('what headers tell', () => {
  test('lowers headroom, and keeps calls back until the reset when nothing remains', async () => {
    await using stage = openLimits();
    stage.call({ headers: requestHeaders(2, 100, 30) });
    expect(stage.limits.measuresOf('one/a')).toEqual({ ...unlimited, headroomPermille: 100 });
    expect([stage.attempt(), stage.attempt(), stage.attempt()]).toEqual(['admitted', 'admitted', 30_000]);
    expect(stage.limits.measuresOf('one/a')).toEqual({
      ...{ headroomPermille: 0, coolDownMs: 30_000, hardDownMs: null },
    });
    expect(stage.attempt('one/b')).toBe('admitted');
    await stage.time.advance(30_000);
    expect(stage.attempt()).toBe('admitted');
  });

  test('is shown with the instant it was read, lowered by what is under way', async () => {
    await using stage = openLimits();
    stage.call({ headers: { ...requestHeaders(50, 100, 30), 'x-ratelimit-remaining-tokens': '9000' } });
    stage.send('one/a', 700);
    await stage.time.advance(1000);
    expect(stage.limits.stateOf('one/a')).toEqual({
      ...{ remainingRequests: 49, limitRequests: 100, remainingTokens: 8300, limitTokens: null },
      ...{ resetMs: 29_000, coolingMs: null, headroomPermille: 1000, asOf: stage.time.clock.now() },
    });
  });

  test('a call that is settled twice counts once', async () => {
    await using stage = openLimits();
    const permit = stage.send();
    permit.settle({ failure: null, headers: requestHeaders(50, 100, 30), usage: null });
    permit.settle({ failure: rateLimited(), headers: requestHeaders(0, 100, 30), usage: null });
    expect(stage.limits.measuresOf('one/a')).toBe(unlimited);
  });
});

describe('what an operator configured', () => {
  test('holds for all models of the provider together, and no others', async () => {
    await using stage = openLimits({ catalog: catalogOf(1, { requestsPerMinute: 4 }) });
    for (const key of ['one/a', 'one/b', 'one/a']) expect(stage.attempt(key)).toBe('admitted');
    await stage.time.advance(5000);
    expect(stage.attempt('one/b')).toBe('admitted');
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual([55_000, 55_000]);
    expect(stage.limits.measuresOf('one/b')).toEqual({
      ...{ headroomPermille: 0, coolDownMs: 55_000, hardDownMs: null },
    });
    expect(stage.attempt('two/a')).toBe('admitted');
    await stage.time.advance(55_000);
    expect(stage.attempt('one/a')).toBe('admitted');
  });

  test('counts the tokens that calls may take, then those that they took', async () => {
    await using stage = openLimits({ catalog: catalogOf(1, { tokensPerMinute: 1000 }) });
    const permit = stage.send('one/a', 900);
    expect(stage.limits.measuresOf('one/b').headroomPermille).toBe(500);
    expect(stage.attempt('one/b', 200)).toBe(60_000);
    permit.settle({
      ...{ failure: null, headers: {} },
      usage: { inputTokens: 40, outputTokens: 10, reasoningTokens: 0 },
    });
    expect(stage.limits.measuresOf('one/b')).toBe(unlimited);
    expect([stage.attempt('one/b', 950), stage.attempt('one/b', 1)]).toEqual(['admitted', 60_000]);
    expect(stage.attempt('one/b', 1001)).toBeNull();
  });

  test('gives back what a refused request reserved, and keeps what a broken one may have taken', async () => {
    await using stage = openLimits({ catalog: catalogOf(1, { tokensPerMinute: 1000 }) });
    const [refused, broken] = [stage.send('one/a', 400), stage.send('one/a', 400)];
    refused.settle({
      ...{ headers: {}, usage: null },
      failure: { failureClass: 'INVALID_REQUEST', message: '', httpStatus: 400 },
    });
    broken.settle({ headers: {}, usage: null, failure: { failureClass: 'CONNECTION', message: '' } });
    expect([stage.attempt('one/a', 600), stage.attempt('one/a', 1)]).toEqual(['admitted', 60_000]);
  });

  test('is shown beside what is advertised: the tighter of both', async () => {
    await using stage = openLimits({ catalog: catalogOf(1, { requestsPerMinute: 10 }) });
    expect(stage.limits.stateOf('one/b')).toMatchObject({ remainingRequests: 10, limitRequests: 10 });
    stage.call({ headers: requestHeaders(50, 100, 30) });
    expect(stage.limits.stateOf('one/a')).toMatchObject({ remainingRequests: 50, limitRequests: 100 });
    expect(stage.limits.stateOf('one/b')).toMatchObject({ remainingRequests: 9, limitRequests: 10 });
    for (let call = 0; call < 8; call += 1) stage.call({}, 'one/b');
    expect(stage.limits.stateOf('one/a')).toMatchObject({ remainingRequests: 1, headroomPermille: 500 });
  });

  test('holds no longer when the catalog does not say it any more', async () => {
    await using stage = openLimits({ catalog: catalogOf(1, { requestsPerMinute: 1 }) });
    stage.call();
    expect(stage.attempt()).toBe(60_000);
    stage.useCatalog(catalogOf(2));
    expect(stage.attempt()).toBe('admitted');
  });
});

describe('a hard-down', () => {
  test('of a provider keeps calls from all of its models for half an hour', async () => {
    await using stage = openLimits();
    stage.limits.markHardDown(one, 1);
    for (const key of ['one/a', 'one/b']) {
      expect(stage.limits.admit({ key, providerSlug: 'one', estimatedTokens: 1 })).toEqual({
        ...{ admitted: false, reason: 'HARD_DOWN', retryAfterMs: HARD_DOWN_MS },
      });
      expect(stage.limits.measuresOf(key)).toEqual({ ...unlimited, hardDownMs: HARD_DOWN_MS });
    }
    expect(stage.attempt('two/a')).toBe('admitted');
    await stage.time.advance(HARD_DOWN_MS);
    expect(stage.attempt('one/a')).toBe('admitted');
  });

  test('of a model leaves the provider’s others alone', async () => {
    await using stage = openLimits();
    stage.limits.markHardDown(oneA, 1, 5000);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual([5000, 'admitted']);
  });

  test('that is marked again is not shortened', async () => {
    await using stage = openLimits();
    stage.limits.markHardDown(oneA, 1, 5000);
    stage.limits.markHardDown(oneA, 1, 1000);
    expect(stage.attempt('one/a')).toBe(5000);
  });

  test('is lifted by a later catalog, and one that was found under an earlier catalog never begins', async () => {
    await using stage = openLimits();
    stage.limits.markHardDown(oneA, 1);
    stage.useCatalog(catalogOf(2));
    expect(stage.attempt('one/a')).toBe('admitted');
    stage.limits.markHardDown(oneA, 1);
    expect(stage.attempt('one/a')).toBe('admitted');
    stage.limits.markHardDown(oneA, 2);
    expect(stage.attempt('one/a')).toBe(HARD_DOWN_MS);
  });

  test('is lifted by whoever finds the scope well, and marked again when it is not', async () => {
    await using stage = openLimits();
    stage.limits.markHardDown(one, 1);
    stage.limits.markHardDown(oneA, 1);
    await stage.time.advance(10);
    stage.limits.lift(oneA);
    expect(stage.attempt('one/a')).toBe(HARD_DOWN_MS - 10);
    stage.limits.lift(one);
    expect(stage.attempt('one/a')).toBe('admitted');
    await stage.time.advance(10);
    stage.limits.markHardDown(one, 1);
    expect(stage.attempt('one/a')).toBe(HARD_DOWN_MS);
  });
});
