import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { sendJsonParts } from '../../../src/edges/common/json-parts.http.ts';
import { JsonParts } from '../../../src/edges/common/json-parts.ts';
import { createPace } from '../../../src/graphql/pace.ts';
import { SLOW_CONSUMER_MS } from '../../../src/system/endable.ts';
import { createManualTime } from '../../support/time/manual-time.ts';

const pace = createPace(1);
const piece = JSON.stringify('x'.repeat(100_000));

function* list(pieces: number, onPiece = () => {}): Generator<string, void, void> {
  yield '[0';
  for (let made = 0; made < pieces; made += 1) {
    onPiece();
    yield `,${piece}`;
  }
  yield ']';
}

/** Serves one answer; says where. */
async function serve(answer: (response: ServerResponse) => void): Promise<AddressInfo> {
  const server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return server.address() as AddressInfo;
}

async function answerOf(pieces: number, onPiece?: () => void): Promise<Response> {
  const { timers } = createManualTime();
  const { port } = await serve((response) => {
    void sendJsonParts(response, new JsonParts(list(pieces, onPiece)), { 'x-fact': 'a' }, { timers, pace });
  });
  return await fetch(`http://127.0.0.1:${port}`);
}

it('sends what is short with its length', async () => {
  const response = await answerOf(1);
  const text = await response.text();
  expect(text).toBe(`[0,${piece}]`);
  expect(response.headers.get('content-length')).toBe(String(text.length));
  expect(response.headers.get('x-fact')).toBe('a');
});

it('sends what is long whole, and lets others have their turn while it is made', async () => {
  let turns = 0;
  const turnsAt: number[] = [];
  let isOver = false;
  const turn = () => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  turn();
  const response = await answerOf(100, () => void turnsAt.push(turns));
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await response.text()).toBe([...list(100)].join(''));
  isOver = true;
  expect(new Set(turnsAt).size).toBeGreaterThan(30);
});

it('makes no more than is read, and cuts off a client that does not read', async () => {
  const { timers, advance } = createManualTime();
  let made = 0;
  const over = Promise.withResolvers<void>();
  const { port } = await serve((response) => {
    const parts = new JsonParts(list(2_000, () => void (made += 1)));
    void sendJsonParts(response, parts, {}, { timers, pace }).then(over.resolve);
  });
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let last = -1;
  await expect.poll(() => last === (last = made) && made > 0, { interval: 100 }).toBe(true);
  expect(made).toBeLessThan(1_000);
  await advance(SLOW_CONSUMER_MS);
  await over.promise;
  expect(made).toBeLessThan(1_000);
});
