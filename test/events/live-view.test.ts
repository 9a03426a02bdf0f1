import { describe, expect, it } from 'vitest';
import { createLiveView, type LiveView } from '../../src/events/live-view.service.ts';
import { createManualTime } from '../support/manual-time.ts';

/** A table that a test changes and takes away by hand; `lines` is what was logged. */
async function openView() {
  const time = createManualTime();
  const table = { seq: 1, value: 'one', away: false, loads: 0, seqReads: 0 };
  const lines: string[] = [];
  const log = { debug() {}, info: write('info'), warn: write('warn'), error: write('error') };
  function write(level: string) {
    return (message: string) => void lines.push(`${level}: ${message}`);
  }
  async function reach<R>(read: () => R): Promise<R> {
    await Promise.resolve();
    if (table.away) throw new Error('connection refused');
    return read();
  }
  const view: LiveView<string> = await createLiveView({
    topic: 'catalog',
    load: () => {
      table.loads += 1;
      return reach(() => ({ seq: table.seq, value: table.value }));
    },
    readSeq: () => {
      table.seqReads += 1;
      return reach(() => table.seq);
    },
    timers: time.timers,
    pollMs: 2000,
    log,
  });
  return { time, table, lines, view };
}

describe('a live view', () => {
  it('is loaded before anybody can read it', async () => {
    const { view } = await openView();
    expect([view.seq(), view.current()]).toEqual([1, 'one']);
  });

  it('cannot be made without a first load', async () => {
    const time = createManualTime();
    const failing = () => Promise.reject(new Error('connection refused'));
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    await expect(
      createLiveView({
        topic: 'keys',
        load: failing,
        readSeq: failing,
        timers: time.timers,
        pollMs: 2000,
        log,
      }),
    ).rejects.toThrow('connection refused');
  });

  it('notices a change by polling, and loads nothing while there is none', async () => {
    const { time, table, view } = await openView();
    await time.advance(6000);
    expect([table.seqReads, table.loads]).toEqual([3, 1]);
    Object.assign(table, { seq: 2, value: 'two' });
    await time.advance(2000);
    expect([view.seq(), view.current()]).toEqual([2, 'two']);
  });

  it('holds a change as soon as a refresh that was asked after it resolves', async () => {
    const { table, view } = await openView();
    Object.assign(table, { seq: 2, value: 'two' });
    await view.refresh();
    expect(view.current()).toBe('two');
  });

  it('never moves to a lower sequence number', async () => {
    const { time, table, view } = await openView();
    Object.assign(table, { seq: 5, value: 'five' });
    await view.refresh();
    Object.assign(table, { seq: 4, value: 'four' });
    await time.advance(10_000);
    expect([view.seq(), view.current()]).toEqual([5, 'five']);
  });

  it('shares one further run among the refreshes asked while one is running', async () => {
    const { table, view } = await openView();
    const first = view.refresh();
    await Promise.resolve();
    Object.assign(table, { seq: 2, value: 'two' });
    const others = [view.refresh(), view.refresh(), view.refresh()];
    await Promise.all([first, ...others]);
    expect(view.current()).toBe('two');
    expect(table.seqReads).toBe(2);
  });

  it('keeps its value through an outage, says so once, and recovers by itself', async () => {
    const { time, table, lines, view } = await openView();
    Object.assign(table, { seq: 2, value: 'two', away: true });
    await view.refresh();
    await time.advance(10_000);
    expect(view.current()).toBe('one');
    expect(lines).toEqual(['warn: The live view cannot reach its table and keeps what it knows.']);
    table.away = false;
    await time.advance(2000);
    expect(view.current()).toBe('two');
    expect(lines.at(-1)).toBe('info: The live view follows its table again.');
  });

  it('leaves no timer behind when it is disposed', async () => {
    const { time, table, view } = await openView();
    const refreshed = view.refresh();
    await view[Symbol.asyncDispose]();
    await refreshed;
    expect(time.pending()).toBe(0);
    await view.refresh();
    expect(table.seqReads).toBe(1);
  });
});
