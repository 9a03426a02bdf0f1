import { afterAll, beforeAll, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../src/server/read-body.ts';
import { schema } from '../../src/graphql/schema.ts';
import { addModel, change, createTenant, issueKey } from '../support/graphql/admin.ts';
import { adminKey } from '../support/graphql/client.ts';
import { route } from '../support/graphql/route-call.ts';
import { createAmplifiers } from '../support/hostile/amplifiers.ts';
import { startMeasuredServer, type MeasuredServer } from '../support/hostile/measured-server.ts';
import type { HostileOperation } from '../support/hostile/operations.ts';
import { createPicker } from '../support/hostile/picker.ts';
import { exchange, toText, transports, type Transport } from '../support/hostile/transports.ts';
import { startScriptedProvider } from '../support/providers/scripted-provider.ts';
import { unthrottled } from '../support/hostile/unthrottled.ts';
import { homes } from '../support/servers/homes.ts';

/** Which requests are drawn, and how many: with the same seed the same ones. */
const seed = Number(process.env['SWEEP_SEED'] ?? 20261128);
const count = Number(process.env['SWEEP_REQUESTS'] ?? 400);
/** Of those, so many have megabytes. */
const largeCount = Math.ceil(count / 10);

/** What every answer keeps to. */
const mostBytes = (requestBytes: number) => 100 * requestBytes + 1_000_000;
/** What no turn of the event loop takes, of the thread's own time. */
const LONGEST_TURN_MS = 500;
/** What may be left in memory when everything is over: documents that are kept, compiled code. */
const KEPT_BYTES = 64 * 2 ** 20;
/** Node refuses longer heads of requests. */
const LONGEST_URL = 12_000;

const stack = new AsyncDisposableStack();
let server: MeasuredServer;

/** A server in a process of its own, whose rows are as long as rows get. */
beforeAll(async () => {
  const home = stack.use(await homes.at(-1)!.prepare());
  server = stack.use(await startMeasuredServer({ ...home.environment, ...unthrottled }));
  const provider = stack.use(await startScriptedProvider());
  provider.always({ status: 400, body: { error: { message: 'm'.repeat(10_000) } } });
  await addModel(server, 'broken', provider, { ats: 0.2 });
  const workflowId = 'w'.repeat(200);
  for (const models of [['simulated/steady'], ['broken/*']]) {
    await Promise.all(Array.from({ length: 30 }, () => route(server, { workflowId, models })));
  }
  const { id: tenantId } = await createTenant(server, 'n'.repeat(60));
  for (let key = 0; key < 20; key += 1) {
    await issueKey(server, { roles: ['VIEWER'], label: 'l'.repeat(200) } as object);
    await issueKey(server, { tenantId });
  }
  await change(server, 'upsertProvider', { slug: 'broken', name: 'N'.repeat(200) });
}, 120_000);
afterAll(() => stack.disposeAsync());

function transportFor(operation: HostileOperation, drawn: Transport): Transport {
  const { length } = toText(operation);
  const fits = !operation.query.startsWith('mutation') && 3 * length < LONGEST_URL;
  return drawn === 'GET' && !fits ? 'POST' : drawn;
}

it(`answers in proportion, in short turns, and keeps nothing (seed ${seed}, ${count} requests)`, async () => {
  const picker = createPicker(seed);
  const amplifiers = createAmplifiers(schema, picker);
  const send = (operation: HostileOperation, transport: Transport) =>
    exchange(server.url, adminKey, transport, operation);
  const broken: object[] = [];
  let [longestMs, mostShare, refusals] = [0, 0, 0];

  // What is done for the first time takes longer, and stays.
  for (const transport of transports)
    await send({ kind: 'first', query: '{__schema{types{name}}}' }, transport);
  const before = await server.measure('collect');

  for (let index = 0; index < count; index += 1) {
    const operation = index % 10 === 9 && index / 10 < largeCount ? amplifiers.large() : amplifiers.next();
    const transport = transportFor(operation, picker.pick(transports));
    if (toText(operation).length > BODY_LIMIT_BYTES) continue;
    await server.measure();
    const found = await send(operation, transport);
    let { longestTurnMs } = await server.measure();
    // Once more where it was too long: the machine may have been busy in a way that costs even its threads' own time.
    if (longestTurnMs > LONGEST_TURN_MS) {
      await send(operation, transport);
      longestTurnMs = Math.min(longestTurnMs, (await server.measure()).longestTurnMs);
    }
    longestMs = Math.max(longestMs, longestTurnMs);
    mostShare = Math.max(mostShare, found.answerBytes / mostBytes(found.requestBytes));
    if (/"errors"|"type":"error"/.test(found.text)) refusals += 1;
    const { requestBytes, answerBytes, status } = found;
    if (
      answerBytes > mostBytes(requestBytes) ||
      longestTurnMs > LONGEST_TURN_MS ||
      status >= 500 ||
      (found.cut && transport !== 'WebSocket')
    ) {
      const beginning = toText(operation).slice(0, 600);
      broken.push({
        index,
        transport,
        kind: operation.kind,
        status,
        requestBytes,
        answerBytes,
        longestTurnMs,
        cut: found.cut,
        text: found.text.slice(0, 300),
        beginning,
      });
    }
  }

  const after = await server.measure('collect');
  const keptBytes = after.usedBytes - before.usedBytes;
  console.log(
    `${count} requests, ${refusals} refused; longest turn ${longestMs.toFixed(0)} ms, largest answer ${(100 * mostShare).toFixed(0)} % of what it may be, ${(keptBytes / 2 ** 20).toFixed(1)} MB kept`,
  );
  expect(broken).toEqual([]);
  expect(keptBytes).toBeLessThan(KEPT_BYTES);
}, 1_800_000);
