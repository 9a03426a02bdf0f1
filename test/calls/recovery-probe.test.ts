import { expect, it } from 'vitest';
import { createRecoveryProbes } from '../../src/calls/recovery-probe.service.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';

/** Probes that end when a test says so. */
function prepare() {
  const stopping = new AbortController();
  const log = createKeptLog();
  const sent: string[] = [];
  const ends: PromiseWithResolvers<null>[] = [];
  const recovery = createRecoveryProbes({
    probe(key) {
      sent.push(key);
      const end = Promise.withResolvers<null>();
      ends.push(end);
      return end.promise;
    },
    log,
    signal: stopping.signal,
  });
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  return { recovery, sent, ends, log, stopping, settle };
}

it('one probe of a model is under way at a time, however many callers want it', async () => {
  const { recovery, sent, ends, settle } = prepare();
  for (const key of ['a/b', 'a/b', 'a/c', 'a/b']) recovery.send(key);
  await settle();
  expect(sent).toEqual(['a/b', 'a/c']);
  recovery.send('a/b');
  await settle();
  expect(sent).toHaveLength(2);
  ends[0]!.resolve(null);
  await settle();
  recovery.send('a/b');
  await settle();
  expect(sent).toEqual(['a/b', 'a/c', 'a/b']);
});

it('a fault of ours is logged and keeps no later probe away', async () => {
  const { recovery, sent, ends, log, settle } = prepare();
  recovery.send('a/b');
  await settle();
  ends[0]!.reject(new Error('a fault'));
  await settle();
  expect(log.lines).toEqual(['error: A model that is due for a probe could not be tried.']);
  recovery.send('a/b');
  await settle();
  expect(sent).toHaveLength(2);
});

it('a server that stops sends none, and waits for the one under way', async () => {
  const { recovery, sent, ends, stopping, settle } = prepare();
  recovery.send('a/b');
  await settle();
  stopping.abort();
  recovery.send('a/c');
  let isSettled = false;
  const settled = recovery.settled().then(() => (isSettled = true));
  await settle();
  expect([sent, isSettled]).toEqual([['a/b'], false]);
  ends[0]!.resolve(null);
  await settled;
});
