// Prints what circuit breakers go through, as it happens: SWITCHYARD_KEY=swy_… npx node examples/dashboard.js
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

const { SWITCHYARD_URL: url = 'ws://127.0.0.1:4000/graphql', SWITCHYARD_KEY: apiKey } = process.env;

const head = '{ breakerTransitions(first: 1) { headCursor } }';
const follow = `subscription ($after: String) { breakerTransitions(after: $after) {
  cursor at providerSlug modelSlug from to mode reason } }`;

type Transition = Readonly<
  Record<'cursor' | 'at' | 'providerSlug' | 'modelSlug' | 'from' | 'to' | 'mode' | 'reason', string>
>;

// `retryAttempts: 0`: the client would repeat a subscription as it began, and this one goes on where it was.
const client = createClient({
  ...{ url, connectionParams: { apiKey }, retryAttempts: 0, lazyCloseTimeout: 1000, keepAlive: 10_000 },
});
// A server that vanishes closes nothing: one that does not answer a ping in time is gone.
let silence: NodeJS.Timeout | undefined;
client.on('ping', (received) => {
  if (!received) silence = setTimeout(client.terminate, 5000);
});
client.on('pong', () => clearTimeout(silence));
client.on('closed', () => clearTimeout(silence));

async function* ask<Data>(query: string, after?: string): AsyncGenerator<Data> {
  for await (const { data, errors } of client.iterate<Data>({ query, variables: { after } }))
    if (data) yield data;
    else throw new Error(JSON.stringify(errors));
}

async function readHead(): Promise<string | undefined> {
  for await (const { breakerTransitions: list } of ask<{ breakerTransitions: { headCursor: string } }>(head))
    return list.headCursor;
  return undefined;
}

let cursor: string | undefined;
for (let failures = 0; ; failures += 1) {
  try {
    cursor ??= await readHead();
    for await (const { breakerTransitions: at } of ask<{ breakerTransitions: Transition }>(follow, cursor)) {
      console.log(
        `${at.at} ${at.providerSlug}/${at.modelSlug} ${at.from} -> ${at.to} ${at.mode}: ${at.reason}`,
      );
      ({ cursor, failures } = { cursor: at.cursor, failures: 0 });
    }
  } catch (error) {
    // What GraphQL says, or how the socket was closed.
    const text = JSON.stringify(error, ['message', 'extensions', 'code', 'reason']);
    if (text.includes('CURSOR_EXPIRED')) cursor = undefined;
    console.error(`Disconnected from ${url}, trying again: ${text}`);
  }
  await delay(Math.min(5000, 100 * 2 ** failures) * (0.5 + Math.random() / 2));
}
