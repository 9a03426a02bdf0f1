import { afterAll, beforeAll, expect, it } from 'vitest';
import { roles } from '../../src/tenants/viewer.ts';
import { issueKey } from '../support/graphql/admin.ts';
import { indiscretionIn } from '../support/hostile/discreet.ts';
import { soundBodies } from '../support/hostile/edge-bodies.ts';
import { createEdgeFuzzer } from '../support/hostile/edge-requests.ts';
import type { MeasuredServer } from '../support/hostile/measured-server.ts';
import { createPicker } from '../support/hostile/picker.ts';
import { sendRaw } from '../support/hostile/transports.ts';
import { isFault, startEdgeStage } from './edge-stage.ts';

/** Which requests are drawn, and how many: with the same seed the same ones. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20261128);
const count = Math.ceil(Number(process.env['FUZZ_REQUESTS'] ?? 2_500) * 0.4);

const stack = new AsyncDisposableStack();
let server: MeasuredServer;
let keys: string[];

beforeAll(async () => {
  server = await startEdgeStage(stack);
  keys = [];
  // Mostly one that may call: who may not is told before the body is looked into.
  for (const role of [...roles, 'AGENT', 'AGENT', 'AGENT'])
    keys.push((await issueKey(server, { roles: [role] })).text);
}, 120_000);
afterAll(() => stack.disposeAsync());

it('what the fuzzer changes is answered as it stands', async () => {
  for (const [path, body] of Object.entries(soundBodies)) {
    const text = JSON.stringify(body);
    const headers = { authorization: `Bearer ${keys[0]!}`, 'content-type': 'application/json' };
    const answer = await sendRaw(server.url, { method: 'POST', path, headers, body: text });
    expect([path, answer.status, answer.text]).toEqual([path, 200, answer.text]);
  }
});

it(`no request to the clients’ APIs meets a fault of ours (seed ${seed}, ${count} requests)`, async () => {
  const fuzzer = createEdgeFuzzer(createPicker(seed), keys);
  const flaws: object[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  async function lane(): Promise<void> {
    while (sent < count && flaws.length < 20) {
      sent += 1;
      const request = fuzzer.next();
      const answer = await sendRaw(server.url, request);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const flaw = isFault(answer) ? `status ${answer.status}` : indiscretionIn(answer.text);
      const { method, path, headers, body } = request;
      if (flaw !== null)
        flaws.push({ flaw, method, path, headers, body, answer: answer.text.slice(0, 1_000) });
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane));
  console.log(`statuses of the clients’ APIs: ${JSON.stringify(statuses)}`);
  expect(flaws).toEqual([]);
  const errors = server.process.output.filter((line) => /"level":(50|60|"error"|"fatal")/.test(line));
  expect(errors).toEqual([]);
}, 7_200_000);
