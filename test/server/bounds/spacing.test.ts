import { expect, test } from 'vitest';
import { createSpacing } from '../../../src/server/bounds/spacing.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

test('one holder passes once in so long, in its order, and keeps no other waiting', async () => {
  const { timers, advance, pending } = createManualTime();
  const spacing = createSpacing(500);
  const passed: string[] = [];
  const pass = (holder: string, name: string) =>
    void spacing.pass(holder, timers).then(() => passed.push(name));
  for (const name of ['a1', 'a2', 'a3']) pass('a', name);
  pass('b', 'b1');
  await advance(499);
  expect(passed).toEqual(['a1', 'b1']);
  await advance(1);
  expect(passed).toEqual(['a1', 'b1', 'a2']);
  await advance(500);
  expect(passed).toEqual(['a1', 'b1', 'a2', 'a3']);
  await advance(500);
  expect(pending()).toBe(0);
  pass('a', 'a4');
  await advance(0);
  expect(passed.at(-1)).toBe('a4');
});
