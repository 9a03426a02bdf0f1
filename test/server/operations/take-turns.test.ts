import { expect, test } from 'vitest';
import { createManualTime } from '../../support/time/manual-time.ts';
import { stageEdge } from '../edge-stage.ts';

const ask = (url: string, key: string, query: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  }).then((response) => response.json());

test('of a tenant’s queries two are executed at once, in whichever way, and nobody else waits for them', async () => {
  // Time stands still: none of them becomes one that takes long.
  await using edge = await stageEdge({ timers: createManualTime().timers });
  // Known from the second time on, and executed in other ways then.
  const all = [ask(edge.url, 'good', '{ slow }'), ask(edge.url, 'good', '{ slow }')];
  await expect.poll(() => edge.life.started).toBe(2);
  for (let count = 0; count < 6; count += 1) all.push(ask(edge.url, 'good', '{ slow }'));
  expect(await ask(edge.url, 'stranger', '{ hello }')).toEqual({ data: { hello: 'stranger' } });
  expect(edge.life.started).toBe(2);
  edge.released.resolve('done');
  expect(new Set((await Promise.all(all)).map((answer) => JSON.stringify(answer)))).toEqual(
    new Set(['{"data":{"slow":"done"}}']),
  );
  expect(edge.life.started).toBe(8);
});
