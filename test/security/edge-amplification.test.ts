import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminKey } from '../support/graphql/client.ts';
import { largeBodies } from '../support/hostile/edge-large.ts';
import type { MeasuredServer } from '../support/hostile/measured-server.ts';
import { sendRaw } from '../support/hostile/transports.ts';
import { isFault, startEdgeStage } from './edge-stage.ts';

/** What no turn of the event loop takes, of the thread's own time. */
const LONGEST_TURN_MS = 500;
/** What a refusal has room for, whatever it refuses, and a short answer. */
const MOST_BYTES = 4_000;
/** What may be left in memory when everything is over. */
const KEPT_BYTES = 64 * 2 ** 20;

const stack = new AsyncDisposableStack();
let server: MeasuredServer;
beforeAll(async () => {
  server = await startEdgeStage(stack);
}, 120_000);
afterAll(() => stack.disposeAsync());

it('megabytes of any kind are answered in short, in short turns, and not kept by the clients’ APIs', async () => {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const broken: object[] = [];
  let longestMs = 0;
  const before = await server.measure('collect');
  for (const { path, kind, body } of largeBodies()) {
    const length = { 'content-length': Buffer.byteLength(body) };
    const send = () =>
      sendRaw(server.url, { method: 'POST', path, headers: { ...headers, ...length }, body });
    await server.measure();
    const answer = await send();
    let { longestTurnMs } = await server.measure();
    // Once more where it was too long: the machine may have been busy in a way that costs even its threads' own time.
    if (longestTurnMs > LONGEST_TURN_MS) {
      await send();
      longestTurnMs = Math.min(longestTurnMs, (await server.measure()).longestTurnMs);
    }
    longestMs = Math.max(longestMs, longestTurnMs);
    const { status, answerBytes, text } = answer;
    if (isFault(answer) || answerBytes > MOST_BYTES || longestTurnMs > LONGEST_TURN_MS)
      broken.push({ path, kind, status, answerBytes, longestTurnMs, text: text.slice(0, 300) });
  }
  const keptBytes = (await server.measure('collect')).usedBytes - before.usedBytes;
  console.log(`longest turn ${longestMs.toFixed(0)} ms, ${(keptBytes / 2 ** 20).toFixed(1)} MB kept`);
  expect(broken).toEqual([]);
  expect(keptBytes).toBeLessThan(KEPT_BYTES);
}, 600_000);
