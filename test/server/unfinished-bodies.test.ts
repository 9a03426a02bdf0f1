import { describe, expect, test } from 'vitest';
import { SLOW_GRACE_MS } from '../../src/server/bounds/arrival.ts';
import { MOST_BODIES, MOST_PIPELINED } from '../../src/server/bounds/bounds.ts';
import { MOST_HEADERS } from '../../src/server/bounds/http-limits.ts';
import { BODY_LIMIT_BYTES } from '../../src/server/read-body.ts';
import { edgeLimits } from '../support/servers/edge-limits.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { stageEdge } from './edge-stage.ts';
import { headOf, helloBody, openRaw } from './raw-connection.ts';

const chunked = 'Transfer-Encoding: chunked';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('a body that is not sent to its end', () => {
  test('is cut when hardly anything comes, and its sender told so', async () => {
    const time = createManualTime();
    await using edge = await stageEdge({ timers: time.timers });
    const idle = time.pending();
    const client = await openRaw(edge.url);
    client.socket.write(headOf(['Content-Length: 1000']) + '{');
    await expect.poll(() => time.pending()).toBe(idle + 1);
    await time.advance(SLOW_GRACE_MS);
    await client.answered(1);
    expect(client.statuses()).toEqual([408]);
  });

  test('keeps nobody else’s bodies out but those of its own key', async () => {
    await using edge = await stageEdge();
    const clients = await Promise.all(Array.from({ length: MOST_BODIES }, () => openRaw(edge.url)));
    for (const { socket } of clients) socket.write(headOf([chunked]) + chunk('{'));
    const statusOf = async (key: string) => {
      const client = await openRaw(edge.url);
      client.socket.write(
        headOf(['Connection: close', `Content-Length: ${helloBody.length}`], key) + helloBody,
      );
      await client.closed;
      return client.statuses();
    };
    await expect.poll(() => statusOf('good'), { timeout: 20_000 }).toEqual([429]);
    expect(await statusOf('stranger')).toEqual([200]);
    for (const { socket } of clients) socket.destroy();
    await expect.poll(() => statusOf('good'), { timeout: 20_000 }).toEqual([200]);
  });

  test('finds no room beyond what there is, and gives back what it had', async () => {
    await using edge = await stageEdge({ heldBytes: 4_000 });
    const greedy = await openRaw(edge.url);
    greedy.socket.write(headOf([chunked]) + chunk('{'.padEnd(2_500)));
    await greedy.answered(1);
    expect(greedy.statuses()).toEqual([429]);
    expect(greedy.text()).toMatch(/retry-after: 1\r\n/i);
    const half = await openRaw(edge.url);
    half.socket.write(headOf([chunked]) + chunk('{'.padEnd(1_900)));
    const modest = await openRaw(edge.url);
    modest.socket.write(headOf([`Content-Length: ${helloBody.length}`]) + helloBody);
    await modest.answered(1);
    expect(modest.statuses()).toEqual([200]);
    half.socket.destroy();
    const again = await openRaw(edge.url);
    const padded = helloBody.padEnd(1_900);
    await expect
      .poll(async () => {
        again.socket.write(headOf([`Content-Length: ${padded.length}`]) + padded);
        await again.answered(again.statuses().length + 1);
        return again.statuses().at(-1);
      })
      .toBe(200);
  });

  test('is held until it is answered, and not longer', async () => {
    await using edge = await stageEdge({ heldBytes: 4_000 });
    const slow = await openRaw(edge.url);
    const body = JSON.stringify({ query: '{ slow }' }).padEnd(1_950);
    slow.socket.write(headOf([`Content-Length: ${body.length}`]) + body);
    await expect.poll(() => edge.life.started).toBe(1);
    const other = await openRaw(edge.url);
    const padded = helloBody.padEnd(500);
    other.socket.write(headOf([`Content-Length: ${padded.length}`]) + padded);
    await other.answered(1);
    expect(other.statuses()).toEqual([429]);
    edge.released.resolve('done');
    await slow.answered(1);
    await expect
      .poll(async () => {
        other.socket.write(headOf([`Content-Length: ${padded.length}`]) + padded);
        await other.answered(other.statuses().length + 1);
        return other.statuses().at(-1);
      })
      .toBe(200);
  });
});

test('a body in pieces of one byte is read as what it is, and takes hardly more than its length', async () => {
  await using edge = await stageEdge();
  const client = await openRaw(edge.url);
  const body = helloBody.padEnd(40_000);
  client.socket.write(headOf([chunked]));
  client.socket.write([...body].map(chunk).join('') + '0\r\nX-Trailer: 1\r\n\r\n');
  await client.answered(1);
  expect(client.statuses()).toEqual([200]);
  expect(client.text()).toContain('{"data":{"hello":"key"}}');
});

test('a request without an end of its head is cut by the server within seconds', async () => {
  await using edge = await stageEdge();
  const client = await openRaw(edge.url);
  client.socket.write('POST /graphql HTTP/1.1\r\nHost: test\r\nX-');
  await client.closed;
  expect(client.statuses()).toEqual([408]);
}, 30_000);

describe('who asks whether to send a body', () => {
  const asks = ['Expect: 100-continue', `Content-Length: ${helloBody.length}`];

  test('is told to when its key is good, and answered', async () => {
    await using edge = await stageEdge();
    const client = await openRaw(edge.url);
    client.socket.write(headOf(asks));
    await client.answered(1);
    client.socket.write(helloBody);
    await client.answered(2);
    expect(client.statuses()).toEqual([100, 200]);
  });

  test.each([
    ['its key is wrong', headOf(asks, 'wrong!'), 401],
    ['it is too large', headOf(['Expect: 100-continue', `Content-Length: ${BODY_LIMIT_BYTES + 1}`]), 413],
    ['it is compressed', headOf([...asks, 'Content-Encoding: gzip']), 415],
    ['nobody knows the expectation', headOf(['Expect: miracles', 'Content-Length: 9']), 417],
  ])('is refused before when %s', async (_name, head, status) => {
    await using edge = await stageEdge();
    const client = await openRaw(edge.url);
    client.socket.write(head);
    await client.answered(1);
    expect(client.statuses()).toEqual([status]);
  });

  test('in a protocol that has no such question is answered as if it had not asked', async () => {
    await using edge = await stageEdge();
    const client = await openRaw(edge.url);
    client.socket.write(headOf(asks, 'good', '1.0') + helloBody);
    await client.closed;
    expect(client.statuses()).toEqual([200]);
  });
});

describe('one connection', () => {
  test('may have so many requests unanswered, and no more', async () => {
    await using edge = await stageEdge();
    const client = await openRaw(edge.url);
    const body = JSON.stringify({ query: '{ slow }' });
    const request = headOf([`Content-Length: ${body.length}`]) + body;
    client.socket.write(request.repeat(3 * MOST_PIPELINED));
    await expect.poll(() => edge.life.started).toBe(MOST_PIPELINED);
    edge.released.resolve('done');
    await client.closed;
    const statuses = client.statuses();
    expect(statuses.slice(0, MOST_PIPELINED)).toEqual(Array(MOST_PIPELINED).fill(200));
    expect(statuses[MOST_PIPELINED]).toBe(429);
    expect(edge.life.started).toBe(MOST_PIPELINED);
  });

  test.each([
    ['many header fields', Array.from({ length: MOST_HEADERS }, (_, index) => `X-${index}: 1`)],
    ['long header fields', [`X-Long: ${'x'.repeat(17_000)}`]],
  ])('with %s is answered by 431', async (_name, fields) => {
    await using edge = await stageEdge();
    const client = await openRaw(edge.url);
    client.socket.write(headOf([...fields, `Content-Length: ${helloBody.length}`]) + helloBody);
    await client.answered(1);
    expect(client.statuses()).toEqual([431]);
  });
});

test('an address has so many connections, and the next is told why it is closed', async () => {
  await using edge = await stageEdge({ limits: edgeLimits({ connectionsPerAddress: 2 }) });
  const [one] = [await openRaw(edge.url), await openRaw(edge.url)];
  const excess = await openRaw(edge.url);
  await excess.closed;
  expect(excess.statuses()).toEqual([429]);
  expect(excess.text()).toContain('RATE_LIMITED');
  one.socket.destroy();
  await expect
    .poll(async () => {
      const client = await openRaw(edge.url);
      client.socket.write(headOf(['Connection: close', `Content-Length: ${helloBody.length}`]) + helloBody);
      await client.closed;
      return client.statuses();
    })
    .toEqual([200]);
});

test('behind a trusted proxy each of those for whom it asks has a share of its own', async () => {
  const trustedProxies = [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }] as const;
  await using edge = await stageEdge({ limits: edgeLimits({ trustedProxies, connectionsPerAddress: 1 }) });
  const body = JSON.stringify({ query: '{ slow }' });
  const ask = async (address: string) => {
    const client = await openRaw(edge.url);
    client.socket.write(headOf([`X-Forwarded-For: ${address}`, `Content-Length: ${body.length}`]) + body);
    return client;
  };
  const first = await ask('203.0.113.1');
  await expect.poll(() => edge.life.started).toBe(1);
  const second = await ask('203.0.113.1, 127.0.0.2');
  await second.answered(1);
  expect(second.statuses()).toEqual([429]);
  await ask('203.0.113.2');
  await expect.poll(() => edge.life.started).toBe(2);
  expect(first.statuses()).toEqual([]);
});
