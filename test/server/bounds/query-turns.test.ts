import { expect, test } from 'vitest';
import { createQueryTurns, LONG_QUERY_MS } from '../../../src/server/bounds/query-turns.ts';
import { RateLimitedError } from '../../../src/system/expected-error.ts';
import { nextTurn } from '../../../src/system/turn.node.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

const staying = new AbortController().signal;

/** Queries that go on until they are told to end, and note in which order they began. */
function stage() {
  const turns = createQueryTurns();
  const { timers, advance } = createManualTime();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    advance,
    begun,
    ask(tenant: string, name: string, signal = staying) {
      const query = () => {
        begun.push(name);
        return new Promise<string>((resolve) => void ends.set(name, () => resolve(name)));
      };
      return turns.run(tenant, query, { signal, timers });
    },
    async end(name: string) {
      ends.get(name)?.();
      await nextTurn();
    },
  };
}

test('of one tenant two queries are done at once, and others are not kept by those that wait', async () => {
  const { ask, begun, end } = stage();
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => ask('a', name));
  const other = ask('b', 'b1');
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  await end('a2');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  for (const name of ['a1', 'a3', 'a4', 'b1']) await end(name);
  expect(await Promise.all([...all, other])).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
});

test('a query that takes long gives its place on, and is answered when it is done', async () => {
  const { ask, begun, end, advance } = stage();
  const long = [ask('a', 'a1'), ask('a', 'a2')];
  const short = ask('a', 'a3');
  await advance(LONG_QUERY_MS - 1);
  expect(begun).toEqual(['a1', 'a2']);
  await advance(1);
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'a3']);
  await end('a3');
  expect(await short).toBe('a3');
  await end('a1');
  await end('a2');
  expect(await Promise.all(long)).toEqual(['a1', 'a2']);
});

test('what nobody wants any more when its turn comes is not begun', async () => {
  const { ask, begun, end } = stage();
  const leaving = new AbortController();
  const all = [ask('a', 'a1'), ask('a', 'a2')];
  const left = ask('a', 'a3', leaving.signal);
  const last = ask('a', 'a4');
  await nextTurn();
  leaving.abort(new Error('gone'));
  const told = expect(left).rejects.toThrow('gone');
  await end('a1');
  await told;
  expect(begun).toEqual(['a1', 'a2', 'a4']);
  await end('a2');
  await end('a4');
  await Promise.all([...all, last]);
});

test('a tenant with too many that wait is refused at once', async () => {
  const { ask, begun } = stage();
  for (let count = 0; count < 258; count += 1) void ask('a', `a${count}`);
  await expect(ask('a', 'one more')).rejects.toThrow(RateLimitedError);
  void ask('b', 'b1');
  await nextTurn();
  expect(begun).toEqual(['a0', 'a1', 'b1']);
});
