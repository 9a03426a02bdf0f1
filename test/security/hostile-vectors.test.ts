import { afterAll, beforeAll, expect, it } from 'vitest';
import { addModel, issueKey } from '../support/graphql/admin.ts';
import { adminKey } from '../support/graphql/client.ts';
import { createErrorLog } from '../support/logs/error-log.ts';
import {
  startScriptedProvider,
  type ScriptedProvider,
  type ScriptedReply,
} from '../support/providers/scripted-provider.ts';
import { embedding, EMBEDS, vectorsFor } from '../support/providers/vectors.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { oddCounts } from './hostile-answers.ts';

const stack = new AsyncDisposableStack();
const log = createErrorLog();
const texts = { model: 'odd/model', input: ['one', 'two'] };
let server: TestServer;
let provider: ScriptedProvider;

beforeAll(async () => {
  server = stack.use(await startServer({ SWITCHYARD_BREAKER_THRESHOLD: '100' }, { log }));
  provider = stack.use(await startScriptedProvider());
  await addModel(server, 'odd', provider, EMBEDS);
});
afterAll(() => stack.disposeAsync());

const sound = vectorsFor({ path: '', headers: {}, body: texts });
const one = (vector: unknown): ScriptedReply => ({
  body: { data: [sound.data[0], { index: 1, embedding: vector }] },
});
const raw = (vector: string): ScriptedReply => ({
  body: `{"data":[{"index":0,"embedding":${vector}},{"index":1,"embedding":${vector}}]}`,
});

/** What a provider may say instead of two vectors. */
const answers: Readonly<Record<string, ScriptedReply>> = {
  ...Object.fromEntries(
    oddCounts.map((count) => [
      `usage of ${count}`,
      { body: JSON.stringify({ ...sound, usage: 'USAGE' }).replace('"USAGE"', `{"prompt_tokens":${count}}`) },
    ]),
  ),
  'no list': { body: { data: {} } },
  'no vectors': { body: { data: [] } },
  'a vector too few': { body: { data: [sound.data[0]] } },
  'a vector too many': { body: { data: [...sound.data, sound.data[0]] } },
  'one place twice': { body: { data: [sound.data[0], sound.data[0]] } },
  'odd places': { body: { data: sound.data.map((each) => ({ ...each, index: -1 })) } },
  'an empty vector': one([]),
  'a text': one('AACAPw=='),
  'texts in a vector': one(['1', '2', '3']),
  'nothing in a vector': one([null, null, null]),
  'vectors of two lengths': one([1]),
  'a number beyond all': raw('[1e400,1,1]'),
  'numbers that are none': raw('[NaN,1,1]'),
  'a vector that nests': raw(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  'a vector of a million': raw(`[${'1,'.repeat(1_000_000)}1]`),
  'an error in a success': { body: { error: { message: 'no' } } },
  'a cut': { fault: 'truncate' },
};

const ask = (key: string, more: object = {}) =>
  fetch(`${server.url}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...texts, ...more }),
  });

it.each(['without', 'with'])(
  'a provider, whatever vectors it gives, is answered for %s a key',
  async (keyed) => {
    for (const [name, reply] of Object.entries(answers)) {
      provider.always(reply);
      const key = keyed === 'with' ? { switchyard: { idempotencyKey: name } } : {};
      const answer = await ask(adminKey, key);
      // The provider's fault, told as such, or an answer.
      expect([200, 502], `${name}: ${await answer.clone().text()}`).toContain(answer.status);
    }
    provider.always(embedding);
    expect((await ask(adminKey)).status).toBe(200);
    expect(server.app.services.route.recordsSetAside()).toBe(0);
    expect(server.app.services.route.inFlight()).toBe(0);
    expect(log.errors).toEqual([]);
  },
);

it('what it counts wrongly credits no quota', async () => {
  for (const count of [-5000, '"-7"', 0]) {
    const usage = `{"prompt_tokens":${count},"total_tokens":${count}}`;
    provider.always({ body: JSON.stringify({ ...sound, usage: 'USAGE' }).replace('"USAGE"', usage) });
    const { text: key } = await issueKey(server, { tokensPerMinute: 1200 });
    const statuses: number[] = [];
    const input = ['word '.repeat(400), 'two'];
    while (statuses.length < 6 && !statuses.includes(429)) statuses.push((await ask(key, { input })).status);
    expect(statuses, String(count)).toContain(429);
  }
});
