import { describe, expect, it } from 'vitest';
import { createHeldBeginnings } from '../../../src/routing/record/held-beginnings.ts';
import type { Beginning } from '../../../src/routing/record/writing.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

function open() {
  const { timers, advance } = createManualTime();
  const written: string[] = [];
  const held = createHeldBeginnings(timers, ({ row }) => Promise.resolve(written.push(row.id)));
  const hold = (id: string, isAwaited = false) => held.hold({ row: { id } } as Beginning, isAwaited);
  return { held, hold, written, advance };
}

describe('beginnings that wait for their ends', () => {
  it('writes a call’s beginning when the call ends, and leaves those of others waiting', async () => {
    const { held, hold, written } = open();
    const first = hold('first');
    void hold('second');
    held.letGo('first');
    await first;
    expect(written).toEqual(['first']);
  });

  it('writes one that no end comes for after 25 ms at least and 50 ms at most', async () => {
    const { hold, written, advance } = open();
    void hold('early');
    await advance(20);
    void hold('late');
    await advance(4);
    expect(written).toEqual([]);
    await advance(26);
    expect(written).toContain('early');
    await advance(25);
    expect(written).toEqual(['early', 'late']);
  });

  it('waits as long for one that comes after a pause', async () => {
    const { hold, written, advance } = open();
    void hold('one');
    await advance(1000);
    void hold('another');
    await advance(24);
    expect(written).toEqual(['one']);
    await advance(26);
    expect(written).toEqual(['one', 'another']);
  });

  it('writes one that a first token waits for once its call is sent, and no others', async () => {
    const { hold, written, advance } = open();
    void hold('whole');
    void hold('streamed', true);
    await advance(1);
    expect(written).toEqual(['streamed']);
  });

  it('writes all in their order when nothing may wait any more, and each once', async () => {
    const { held, hold, written, advance } = open();
    const all = [hold('a'), hold('b'), hold('c', true)];
    held.letAllGo();
    held.letGo('a');
    await Promise.all(all);
    await advance(1000);
    expect(written).toEqual(['a', 'b', 'c']);
  });

  it('passes on to whoever waits that it could not be written', async () => {
    const { timers } = createManualTime();
    const held = createHeldBeginnings(timers, () => Promise.reject(new Error('no room')));
    const waiting = held.hold({ row: { id: 'a' } } as Beginning, false);
    held.letGo('a');
    await expect(waiting).rejects.toThrow('no room');
  });
});
