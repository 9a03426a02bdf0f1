import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { roles } from '../../src/tenants/viewer.ts';
import { issueKey, setTimeLimit } from '../support/graphql/admin.ts';
import { adminKey, send } from '../support/graphql/client.ts';
import { indiscretionIn } from '../support/hostile/discreet.ts';
import { createHttpFuzzer } from '../support/hostile/http-requests.ts';
import { rawHead } from '../support/hostile/raw-head.ts';
import { startMeasuredServer, type MeasuredServer } from '../support/hostile/measured-server.ts';
import { createPicker } from '../support/hostile/picker.ts';
import { createSocketFuzzer } from '../support/hostile/socket-frames.ts';
import { sendRaw, talk, type Exchange } from '../support/hostile/transports.ts';
import { unthrottled } from '../support/hostile/unthrottled.ts';
import { homes } from '../support/servers/homes.ts';

/** Which requests are drawn, and how many: with the same seed the same ones. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20261128);
const count = Number(process.env['FUZZ_REQUESTS'] ?? 2_500);
const httpCount = Math.ceil(count * 0.8);
const socketCount = count - httpCount;

/** How many are under way at once. */
const LANES = 8;

const stack = new AsyncDisposableStack();
let server: MeasuredServer;
let keys: string[];

beforeAll(async () => {
  const home = stack.use(await homes.at(-1)!.prepare());
  server = stack.use(await startMeasuredServer({ ...home.environment, ...unthrottled }));
  // A call that nobody can serve waits as long as its time allows.
  await setTimeLimit(server, 1_000);
  const issued = [];
  for (const role of roles) issued.push(await issueKey(server, { roles: [role] }));
  keys = issued.map(({ text }) => text);
}, 120_000);
afterAll(() => stack.disposeAsync());

/** What is wrong with an answer; null: nothing. */
function flawOf({ status, text }: Exchange): string | null {
  if (status >= 500) return `status ${status}`;
  if (/\[closed (4500|1011)\]/.test(text)) return 'the socket was closed for a fault of ours';
  return indiscretionIn(text);
}

/** Makes so many requests, some at once; collects those whose answers are wrong. */
async function fuzz(
  total: number,
  make: (index: number) => Promise<{ kind: string; sent: string; answer: Exchange }>,
) {
  const flaws: object[] = [];
  const statuses = new Map<number, number>();
  let index = 0;
  async function lane(): Promise<void> {
    while (index < total && flaws.length < 20) {
      const own = index;
      index += 1;
      const { kind, sent, answer } = await make(own);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const flaw = flawOf(answer);
      if (flaw !== null)
        flaws.push({
          index: own,
          kind,
          flaw,
          sent: sent.slice(0, 2_000),
          answer: answer.text.slice(0, 1_000),
        });
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  return { flaws, statuses };
}

/** Sends bytes as they are; returns what came until the other side closed. */
function sendBytes(bytes: string): Promise<Exchange> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, requestBytes: bytes.length, answerBytes: text.length, text, cut: false });
    });
    socket.end(bytes, 'latin1');
  });
}

async function expectWell(): Promise<void> {
  expect((await send(server.url, adminKey, '{ viewer { roles } }')).data).toEqual({
    viewer: { roles: ['ADMIN'] },
  });
  const errors = server.process.output.filter((line) => /"level":(50|60|"error"|"fatal")/.test(line));
  expect(errors).toEqual([]);
}

it(`no request over HTTP meets a fault of ours (seed ${seed}, ${httpCount} requests)`, async () => {
  const picker = createPicker(seed);
  const fuzzer = createHttpFuzzer(schema, picker, keys);
  const { flaws, statuses } = await fuzz(httpCount, async (index) => {
    if (index % 50 === 49) {
      const bytes = rawHead(picker, keys[0]!);
      return { kind: 'raw bytes', sent: bytes, answer: await sendBytes(bytes) };
    }
    const request = fuzzer.next();
    const answer = await sendRaw(server.url, request);
    const { kind, method, path, headers, body } = request;
    return { kind, sent: `${method} ${path} ${JSON.stringify(headers)} ${String(body)}`, answer };
  });
  console.log(`statuses over HTTP: ${JSON.stringify([...statuses].sort())}`);
  expect(flaws).toEqual([]);
  await expectWell();
}, 7_200_000);

it(`nothing said over a socket meets a fault of ours (seed ${seed}, ${socketCount} sockets)`, async () => {
  const fuzzer = createSocketFuzzer(schema, createPicker(seed + 1), keys);
  const { flaws } = await fuzz(socketCount, async () => {
    const { headers, frames } = fuzzer.next();
    const answer = await talk(server.url, headers, frames, /"type":"(complete|error)"/);
    return { kind: 'socket', sent: frames.map(String).join('\n'), answer };
  });
  expect(flaws).toEqual([]);
  await expectWell();
}, 7_200_000);
