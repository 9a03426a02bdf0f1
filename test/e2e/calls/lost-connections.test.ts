import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addModel } from '../../support/graphql/admin.ts';
import { breakerOf, onceAt } from '../../support/graphql/breakers.ts';
import { route, type RouteAnswer } from '../../support/graphql/route-call.ts';
import { allOf, routeStream } from '../../support/graphql/stream-call.ts';
import { chatCompletion } from '../../support/providers/scripted-provider.ts';
import {
  httpResponse,
  startWireProvider,
  type WireProvider,
  type WireRequest,
} from '../../support/providers/wire-provider.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const stack = new AsyncDisposableStack();
let server: TestServer;
let provider: WireProvider;
let script: (request: WireRequest) => void;

beforeAll(async () => {
  server = stack.use(await startServer());
  provider = stack.use(await startWireProvider((request) => script(request)));
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  script = answers;
});

const whole = httpResponse(JSON.stringify(chatCompletion({})));
const answers = ({ socket }: WireRequest) => void socket.write(whole);
const resets = ({ socket }: WireRequest) => void socket.resetAndDestroy();

/** So many calls at once, each on a connection of its own: none is answered before all have come. */
async function together(slug: string, count: number): Promise<RouteAnswer[]> {
  const come: WireRequest[] = [];
  const onOld = script;
  script = (request) => {
    if (onOld !== answers && request.request > 0) onOld(request);
    else if (come.push(request) === count) come.forEach(answers);
  };
  return Promise.all(Array.from({ length: count }, () => route(server, onceAt(slug))));
}

const kinds = (all: readonly RouteAnswer[]) => new Set(all.map(({ __typename }) => __typename));

describe('a provider that drops its idle connections', () => {
  it('answers six callers at once all the same, and no breaker hears of it', async () => {
    await addModel(server, 'idle', provider);
    expect(kinds(await together('idle', 6))).toEqual(new Set(['RouteSuccess']));
    const before = provider.connections.length;
    script = resets;
    const again = await together('idle', 6);
    expect(kinds(again)).toEqual(new Set(['RouteSuccess']));
    for (const { decision } of again) expect(decision.attempts).toMatchObject([{ status: 'OK' }]);
    expect(provider.connections.length).toBe(before + 6);
    expect(await breakerOf(server, 'idle')).toMatchObject({ state: 'CLOSED', consecutiveFailures: 0 });
  });

  it('trips the breaker when it drops new ones too', async () => {
    await addModel(server, 'gone', provider);
    script = resets;
    for (let count = 0; count < 5; count += 1) {
      expect(await route(server, onceAt('gone'))).toMatchObject({ __typename: 'AttemptsExhausted' });
    }
    await server.app.services.breakers.settled();
    expect(await breakerOf(server, 'gone')).toMatchObject({ state: 'OPEN' });
  });
});

describe('a provider that sends interim responses', () => {
  const hints = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';

  it('answers, whole and streamed', async () => {
    await addModel(server, 'hints', provider, { capabilities: ['STREAMING'] });
    const piece = (delta: object, reason: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
    script = ({ socket, body }) => {
      socket.write(hints);
      const text = `${piece({ content: 'Hello.' }, null)}${piece({}, 'stop')}data: [DONE]\n\n`;
      socket.write(body.includes('"stream":true') ? httpResponse(text) : whole);
    };
    expect(await route(server, onceAt('hints'))).toMatchObject({ __typename: 'RouteSuccess' });
    const events = await allOf(routeStream(server, onceAt('hints')));
    expect(events.at(-1)).toMatchObject({ __typename: 'RouteCompleted' });
  });
});
