import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXCHANGE_MS } from '../../src/fleet/replication.service.ts';
import { HARD_DOWN_MS } from '../../src/limits/hard-down.ts';
import { openLimitBoard } from '../../src/limits/board-entries.ts';
import { coolingMs } from '../../src/limits/cool-down.ts';
import { waitMs } from '../../src/limits/model-limit.ts';
import { replicateBoard } from '../../src/limits/replicate-board.ts';
import { MAX_RETRY_AFTER_MS } from '../../src/providers/parse-retry-after.ts';
import { createScriptedExchange, remote } from '../fleet/scripted-exchange.ts';
import { catalogOf, openLimits, rateLimited, requestHeaders } from './limits-stage.ts';

const noReading = [0, 0, 0, 0, 0, 0];
const oneA = { providerSlug: 'one', modelSlug: 'a' };

describe('what an instance has met', () => {
  test('of a model: its cool-down, and what its responses advertised', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange });
    stage.call({ failure: rateLimited() });
    await stage.time.advance(5000);
    stage.call({ headers: requestHeaders(50, 100, 30), failure: rateLimited() });
    await stage.time.advance(0);
    const reading = [30_000, 0, 100, 50, 1, 30_000];
    expect(exchange.sent.at(-1)).toEqual([
      { kind: 'model', name: 'one/a', row: [10_000, 0, 10_000, ...reading, ...noReading], holdsMs: 30_000 },
    ]);
  });

  test('of a provider whose use is limited: what was used', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange, catalog: catalogOf(1, { requestsPerMinute: 9 }) });
    stage.call();
    await stage.time.advance(EXCHANGE_MS);
    expect(exchange.sent.at(-1)).toEqual([
      { kind: 'provider-minute', name: 'one', row: [60_000, 1, 100], holdsMs: 60_000 },
    ]);
  });

  test('of a scope: that it is down, and that it was found well', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange, catalog: catalogOf(7) });
    stage.limits.markHardDown(oneA, 7);
    await stage.time.advance(1000);
    stage.limits.lift(oneA);
    await stage.time.advance(0);
    const scope = exchange.sent.flat().filter(({ kind }) => kind === 'scope');
    expect(scope).toEqual([
      { kind: 'scope', name: 'one/a', row: [HARD_DOWN_MS, 0, 7, 0, 0], holdsMs: HARD_DOWN_MS },
      {
        kind: 'scope',
        name: 'one/a',
        row: [0, 0, 0, MAX_RETRY_AFTER_MS, 0],
        holdsMs: MAX_RETRY_AFTER_MS,
      },
    ]);
  });

  test('is not what it has heard: that is the others’ to say', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange });
    const reading = [9000, 10, 10, 5, 1, 9000];
    exchange.heard([
      remote('model', 'one/a', [9000, 10, 5000, ...reading, ...reading]),
      remote('scope', 'two', [9000, 10, 1, 9000, 20]),
      remote('provider-minute', 'one', [9000, 1, 1]),
    ]);
    await stage.time.advance(EXCHANGE_MS);
    expect(stage.attempt('one/a')).toBe(9000);
    await stage.time.advance(60_000);
    expect(exchange.sent.flat()).toEqual([]);
  });
});

describe('what other instances have met', () => {
  test('counts here: what they have sent, read and marked, of models that were never called here, too', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange, catalog: catalogOf(1, { requestsPerMinute: 3 }) });
    exchange.heard([
      remote('provider-minute', 'one', [5000, 2, 0], { author: 'first' }),
      remote('provider-minute', 'one', [7000, 1, 0], { author: 'second' }),
      remote('model', 'two/a', [0, 0, 0, 20_000, 10, 10, 1, 1, 20_000, ...noReading]),
      remote('scope', 'one/b', [800, 5, 1, 0, 0]),
    ]);
    await stage.time.advance(EXCHANGE_MS);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual([5000, 800]);
    expect([stage.attempt('two/a'), stage.attempt('two/a')]).toEqual(['admitted', 20_000]);
  });

  test('a lift undoes what was met before it anywhere, and nothing that was met since', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange });
    stage.limits.markHardDown(oneA, 1, 60_000);
    stage.call({ failure: rateLimited(60_000) }, 'one/b');
    await stage.time.advance(1000);
    exchange.heard([
      remote('scope', 'one/a', [0, 0, 0, 60_000, 100]),
      remote('scope', 'one/b', [0, 0, 0, 60_000, 100]),
      remote('model', 'one/b', [60_000, 200, 0, ...noReading, ...noReading]),
    ]);
    await stage.time.advance(EXCHANGE_MS);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual(['admitted', 'admitted']);
    stage.limits.markHardDown(oneA, 1, 60_000);
    stage.call({ failure: rateLimited(60_000) }, 'one/b');
    exchange.heard([
      remote('scope', 'one/a', [0, 0, 0, 60_000, 500]),
      remote('scope', 'one/b', [0, 0, 0, 60_000, 500]),
    ]);
    await stage.time.advance(EXCHANGE_MS);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual([59_750, 59_750]);
  });

  test('a pause that began before a lift does not come back with whoever tells of it late', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange });
    await stage.time.advance(EXCHANGE_MS);
    stage.limits.lift(oneA);
    await stage.time.advance(1000);
    exchange.heard([
      remote('model', 'one/a', [60_000, 1500, 0, ...noReading, ...noReading]),
      remote('model', 'one/b', [60_000, 1500, 0, ...noReading, ...noReading]),
    ]);
    await stage.time.advance(EXCHANGE_MS);
    expect([stage.attempt('one/a'), stage.attempt('one/b')]).toEqual(['admitted', 60_000]);
  });

  test('a pause that is told of longer ago has so much less before it', async () => {
    const exchange = createScriptedExchange();
    await using stage = openLimits({ exchange });
    exchange.heard([
      remote('model', 'one/a', [60_000, 0, 0, ...noReading, ...noReading], { ageMs: 20_000 }),
      remote('scope', 'one/b', [60_000, 0, 1, 0, 0], { ageMs: 59_000 }),
      remote('scope', 'two', [60_000, 0, 1, 0, 0], { ageMs: 60_000 }),
    ]);
    await stage.time.advance(EXCHANGE_MS);
    expect([stage.attempt('one/a'), stage.attempt('one/b'), stage.attempt('two/a')]).toEqual([
      40_000,
      1000,
      'admitted',
    ]);
  });

  test('lasts no longer than an instance can have met, whatever comes from outside', () => {
    const rows = fc.array(fc.oneof(fc.nat(70_000), fc.maxSafeNat()), { maxLength: 20 });
    const parts = fc.array(fc.record({ row: rows, ageMs: fc.nat(MAX_RETRY_AFTER_MS) }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (models, scopes) => {
        const board = openLimitBoard();
        const states = replicateBoard(board);
        states.models.merge('one/a', models, 0);
        states.scopes.merge('one/a', scopes, 0);
        const model = board.models.get('one/a')!;
        for (const now of [0, 1000]) {
          expect(coolingMs(model.cooling, now)).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS - now);
          expect(waitMs(model, now)).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS - now);
        }
        const down = board.hardDowns.inForce.get('one/a');
        expect(down?.untilMs ?? 0).toBeLessThanOrEqual(HARD_DOWN_MS);
      }),
    );
  });
});
