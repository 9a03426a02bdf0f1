import { expect, test } from 'vitest';
import { createReadGate } from '../../../src/storage/reads/read-gate.ts';
import { RateLimitedError } from '../../../src/system/expected-error.ts';

/** Work that goes on until it is told to end, and notes in which order it began. */
function stage(limits: Parameters<typeof createReadGate>[0]) {
  const gate = createReadGate(limits);
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    gate,
    begun,
    settle,
    start(holder: string, name: string) {
      const end = Promise.withResolvers<void>();
      ends.set(name, end);
      return gate.run(holder, () => {
        begun.push(name);
        return end.promise;
      });
    },
    async end(name: string, error?: Error) {
      if (error === undefined) ends.get(name)?.resolve();
      else ends.get(name)?.reject(error);
      await settle();
    },
  };
}

test('one holder passes a few at a time, and leaves the rest to others', async () => {
  const { start, begun, settle } = stage({ atOnce: 3, perHolder: 2, waiting: 10 });
  for (const name of ['a1', 'a2', 'a3', 'a4']) void start('a', name);
  void start('b', 'b1');
  await settle();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
});

test('holders who wait pass in turn, however many of one came first', async () => {
  const { start, end, begun, settle } = stage({ atOnce: 1, perHolder: 1, waiting: 10 });
  for (const name of ['a1', 'a2', 'a3']) void start('a', name);
  for (const name of ['b1', 'b2']) void start('b', name);
  await settle();
  for (const name of ['a1', 'b1', 'a2', 'b2']) await end(name);
  expect(begun).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
});

test('whoever has too many waiting is refused at once, and others are not', async () => {
  const { gate, start, begun, end, settle } = stage({ atOnce: 1, perHolder: 1, waiting: 1 });
  void start('a', 'a1');
  void start('a', 'a2');
  await settle();
  await expect(gate.run('a', () => Promise.resolve())).rejects.toThrow(RateLimitedError);
  void start('b', 'b1');
  await end('a1');
  expect(begun).toEqual(['a1', 'b1']);
});

test('work that fails makes room, too', async () => {
  const { start, begun, end } = stage({ atOnce: 1, perHolder: 1, waiting: 1 });
  const failing = start('a', 'a1');
  void start('a', 'a2');
  const told = expect(failing).rejects.toThrow('broken');
  await end('a1', new Error('broken'));
  await told;
  expect(begun).toEqual(['a1', 'a2']);
});
