import { expect, test } from 'vitest';
import { acceptsEvents, TRANSPORTS } from '../../../src/server/operations/name-transports.ts';
import { edgeLimits } from '../../support/servers/edge-limits.ts';
import { stageEdge } from '../edge-stage.ts';

/** What Apollo Client sends with a subscription when it has no link of its own for them: its third and fourth version. */
const APOLLO = [
  'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
  'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9',
];

const subscribe = (url: string, accept: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'Bearer good', 'content-type': 'application/json', accept },
    body: JSON.stringify({ query: 'subscription { ticks }' }),
  });

test('a subscription whose client reads no events is answered with 406 that names SSE and WebSocket', async () => {
  await using edge = await stageEdge();
  for (const accept of [...APOLLO, 'multipart/mixed', 'application/json', 'image/png']) {
    const response = await subscribe(edge.url, accept);
    expect([accept, response.status]).toEqual([accept, 406]);
    expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
    expect(await response.json()).toEqual({
      errors: [{ message: TRANSPORTS, extensions: { code: 'BAD_REQUEST' } }],
    });
  }
  expect(TRANSPORTS).toMatch(/SSE.*text\/event-stream.*WebSocket.*graphql-transport-ws.*multipart\/mixed/);
  expect(edge.life).toMatchObject({ started: 0 });
});

test('what is refused so is counted as any other refused operation is', async () => {
  await using edge = await stageEdge({ limits: edgeLimits({}, { requestsPerKey: 2 }) });
  const statuses = [];
  for (const accept of ['multipart/mixed', ...APOLLO])
    statuses.push((await subscribe(edge.url, accept)).status);
  expect(statuses).toEqual([406, 406, 429]);
});

test('queries are answered whichever form their client would take besides', async () => {
  await using edge = await stageEdge();
  for (const accept of APOLLO) {
    const response = await fetch(`${edge.url}/graphql`, {
      method: 'POST',
      headers: { authorization: 'Bearer good', 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: '{ hello }' }),
    });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"hello"')]);
  }
});

test.for([
  ['text/event-stream', true],
  ['application/json, TEXT/Event-Stream;q=0.5', true],
  ['text/*', true],
  ['*/*', true],
  ['', true],
  [null, true],
  ['text/plain', false],
  ['application/text/event-stream', false],
  [APOLLO[0]!, false],
] as const)('%s is read rightly: events may be sent to it: %s', ([accept, expected]) => {
  expect(acceptsEvents(accept)).toBe(expected);
});
