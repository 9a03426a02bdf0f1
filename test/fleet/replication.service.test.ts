import { describe, expect, test } from 'vitest';
import { createReplication, EXCHANGE_MS, MOST_SENT, RENEW_MS } from '../../src/fleet/replication.service.ts';
import type { Exchanged, LocalPart, RemotePart, ReplicatedState } from '../../src/fleet/replication.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { createScriptedExchange, remote } from './scripted-exchange.ts';

const nothing: Exchanged = { updates: [], hasMore: false, startsAnew: false };

/** One state, of which the test says what this instance knows, between this instance and scripted others. */
function stage() {
  const time = createManualTime();
  const exchange = createScriptedExchange();
  const log = createKeptLog();
  const hints: number[] = [];
  const replication = createReplication({
    ...{ ...time, exchange, log },
    hint: () => void hints.push(exchange.sent.length),
  });
  const known = new Map<string, LocalPart>();
  const merged: [name: string, parts: readonly RemotePart[]][] = [];
  const unused = new Set<string>();
  const state: ReplicatedState = {
    kind: 'kind',
    names: () => known.keys(),
    localPart: (name) => known.get(name) ?? null,
    isInUse: (name) => !unused.has(name),
    merge(name, parts) {
      if (name === 'bad') throw new Error('a fault of ours');
      merged.push([name, parts]);
    },
  };
  const replica = replication.add(state);
  const know = (name: string, row: readonly number[], holdsMs = 60_000) => {
    known.set(name, { row, holdsMs });
    replica.changed(name);
  };
  return { time, exchange, log, hints, replication, replica, known, merged, unused, know };
}

const update = (name: string, row: readonly number[], holdsMs = 60_000) => {
  return { kind: 'kind', name, row, holdsMs };
};

describe('what an instance knows', () => {
  test('is sent every 250 ms as far as it has changed, and asked for just as often', async () => {
    const { time, exchange, know } = stage();
    know('a', [1]);
    know('b', [2]);
    await time.advance(EXCHANGE_MS - 1);
    expect(exchange.sent).toEqual([]);
    await time.advance(1);
    expect(exchange.sent).toEqual([[update('a', [1]), update('b', [2])]]);
    know('a', [3]);
    know('a', [4]);
    await time.advance(3 * EXCHANGE_MS);
    expect(exchange.sent.slice(1)).toEqual([[update('a', [4])], [], []]);
  });

  test('is sent again when it may have been lost: every half minute, and at once when Redis begins anew', async () => {
    const { time, exchange, know } = stage();
    know('a', [1], 120_000);
    await time.advance(RENEW_MS + EXCHANGE_MS);
    expect(exchange.sent.flat()).toHaveLength(2);
    const before = exchange.sent.length;
    exchange.heard([], { startsAnew: true });
    await time.advance(EXCHANGE_MS);
    expect(exchange.sent.slice(before)).toEqual([[], [update('a', [1], 120_000)]]);
  });

  test('is taken back when it does not hold any more, unless it has ended where it was sent, too', async () => {
    const { time, exchange, known, replica, know } = stage();
    know('a', [1], 5000);
    know('b', [1], 200);
    await time.advance(EXCHANGE_MS);
    known.clear();
    await time.advance(EXCHANGE_MS);
    for (const name of ['a', 'b', 'never sent']) replica.changed(name);
    await time.advance(EXCHANGE_MS);
    expect(exchange.sent.at(-1)).toEqual([update('a', [], 4500)]);
  });

  test('is sent in batches when it is much, without a pause in between', async () => {
    const { time, exchange, know } = stage();
    for (let index = 0; index < 2 * MOST_SENT + 1; index += 1) know(`entry ${index}`, [index]);
    await time.advance(EXCHANGE_MS);
    expect(exchange.sent.map((batch) => batch.length)).toEqual([MOST_SENT, MOST_SENT, 1]);
  });
});

describe('what other instances know', () => {
  test('is merged by entry, all parts at once, with their ages by this instance’s clock', async () => {
    const { time, exchange, merged } = stage();
    exchange.heard([
      remote('kind', 'a', [1], { author: 'one', ageMs: 10 }),
      remote('kind', 'b', [9]),
      remote('kind', 'a', [2], { author: 'two' }),
      remote('another kind', 'a', [3]),
    ]);
    await time.advance(EXCHANGE_MS);
    expect(merged).toEqual([
      [
        'a',
        [
          { row: [1], ageMs: 10 },
          { row: [2], ageMs: 0 },
        ],
      ],
      ['b', [{ row: [9], ageMs: 0 }]],
    ]);
    exchange.heard([remote('kind', 'a', [5], { author: 'one' })]);
    await time.advance(EXCHANGE_MS);
    expect(merged.at(-1)).toEqual([
      'a',
      [
        { row: [5], ageMs: 0 },
        { row: [2], ageMs: EXCHANGE_MS },
      ],
    ]);
  });

  test('holds for as long as they say; what cannot be read is passed over', async () => {
    const { time, exchange, merged } = stage();
    exchange.heard([
      remote('kind', 'a', [1], { author: 'one', leftMs: 300 }),
      remote('kind', 'a', [2], { author: 'two' }),
      remote('kind', 'a', [], { author: 'three', text: 'no row' }),
    ]);
    await time.advance(EXCHANGE_MS);
    expect(merged.at(-1)?.[1]).toHaveLength(2);
    await time.advance(EXCHANGE_MS);
    exchange.heard([remote('kind', 'a', [4], { author: 'four' })]);
    await time.advance(EXCHANGE_MS);
    expect(merged.at(-1)?.[1].map(({ row }) => row)).toEqual([[2], [4]]);
  });

  test('of an entry that is not in use is kept for whoever begins', async () => {
    const { time, exchange, merged, unused, replica } = stage();
    unused.add('a');
    exchange.heard([remote('kind', 'a', [1])]);
    await time.advance(2 * EXCHANGE_MS);
    expect(merged).toEqual([]);
    expect(replica.partsOf('a')).toEqual([{ row: [1], ageMs: EXCHANGE_MS }]);
    await time.advance(60_000);
    expect(replica.partsOf('a')).toEqual([]);
  });

  test('is read on when it is more than fits into one exchange', async () => {
    const { time, exchange, merged } = stage();
    exchange.heard([remote('kind', 'a', [1])], { hasMore: true });
    exchange.heard([remote('kind', 'b', [1])]);
    await time.advance(EXCHANGE_MS);
    expect(merged.map(([name]) => name)).toEqual(['a', 'b']);
  });
});

describe('news that the others should have at once', () => {
  test('is sent at once, and the others are asked to look when they can find it', async () => {
    const { time, exchange, hints, known, replica } = stage();
    const slow = Promise.withResolvers<Exchanged>();
    exchange.answer = () => slow.promise;
    known.set('a', { row: [1], holdsMs: 1000 });
    replica.changedNow('a');
    await time.advance(0);
    expect(exchange.sent).toEqual([[update('a', [1], 1000)]]);
    expect(hints).toEqual([]);
    slow.resolve(nothing);
    await time.advance(0);
    expect(hints).toEqual([1]);
  });

  test('of many calls at once makes one exchange and one hint more, not a storm', async () => {
    const { time, exchange, hints, known, replica } = stage();
    const slow = Promise.withResolvers<Exchanged>();
    exchange.answer = () => slow.promise;
    known.set('a', { row: [1], holdsMs: 1000 });
    replica.changedNow('a');
    await time.advance(0);
    for (let call = 1; call < 50; call += 1) replica.changedNow('a');
    exchange.answer = async () => nothing;
    slow.resolve(nothing);
    await time.advance(0);
    expect([exchange.sent.length, hints.length]).toEqual([2, 2]);
  });

  test('that another instance has is asked for at once, and once more when the hint comes amid asking', async () => {
    const { time, exchange, replication } = stage();
    const slow = Promise.withResolvers<Exchanged>();
    exchange.answer = () => slow.promise;
    void replication.exchangeNow();
    await time.advance(0);
    void replication.exchangeNow();
    void replication.exchangeNow();
    expect(exchange.sent).toHaveLength(1);
    exchange.answer = async () => nothing;
    slow.resolve(nothing);
    await time.advance(0);
    expect(exchange.sent).toHaveLength(2);
  });
});

describe('while the others cannot be reached', () => {
  test('everything that changed meanwhile is sent when they are back', async () => {
    const { time, exchange, hints, known, replica, know } = stage();
    exchange.answer = () => Promise.reject(new Error('gone'));
    know('a', [1]);
    await time.advance(2 * EXCHANGE_MS);
    known.set('b', { row: [2], holdsMs: 60_000 });
    replica.changedNow('b');
    await time.advance(2 * EXCHANGE_MS);
    expect(hints).toEqual([]);
    exchange.answer = async () => nothing;
    await time.advance(EXCHANGE_MS);
    expect(exchange.sent.at(-1)).toEqual([update('a', [1]), update('b', [2])]);
    expect(hints).toHaveLength(1);
  });
});

test('what cannot be taken up is a fault of ours: it is logged, and keeps nothing else from being shared', async () => {
  const { time, exchange, log, merged } = stage();
  exchange.heard([remote('kind', 'bad', [1])]);
  await time.advance(EXCHANGE_MS);
  expect(log.lines).toEqual(['error: What other instances know could not be taken up.']);
  exchange.heard([remote('kind', 'good', [1])]);
  await time.advance(EXCHANGE_MS);
  expect(merged.map(([name]) => name)).toEqual(['good']);
});

describe('an instance that stops', () => {
  test('waits for the exchange under way, leaves the rest to the others, and begins no other', async () => {
    const { time, exchange, replication, know } = stage();
    const slow = Promise.withResolvers<Exchanged>();
    exchange.answer = () => slow.promise;
    know('a', [1]);
    await time.advance(EXCHANGE_MS);
    know('b', [2]);
    let disposed = false;
    const disposing = replication[Symbol.asyncDispose]().then(() => (disposed = true));
    await time.advance(1000);
    expect(disposed).toBe(false);
    exchange.answer = async () => nothing;
    slow.resolve(nothing);
    await disposing;
    expect(exchange.sent).toEqual([[update('a', [1])], [update('b', [2])]]);
    await time.advance(10_000);
    expect(exchange.sent).toHaveLength(2);
    expect(time.pending()).toBe(0);
  });

  test('does not wait for a Redis that is away', async () => {
    const { time, exchange, replication, know } = stage();
    exchange.answer = () => Promise.reject(new Error('gone'));
    know('a', [1]);
    await time.advance(EXCHANGE_MS);
    await replication[Symbol.asyncDispose]();
    expect(exchange.sent).toHaveLength(1);
  });
});
