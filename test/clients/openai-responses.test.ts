import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  clientPackage,
  openClientStage,
  weatherCall,
  weatherSchema,
  type ClientPackage,
  type ClientStage,
} from './stage.ts';

let stage: ClientStage;
let sdk: ClientPackage;
let client: ClientPackage;

beforeAll(async () => {
  stage = await openClientStage();
  sdk = await clientPackage('openai');
  client = new sdk.default({ apiKey: stage.apiKey, baseURL: stage.baseUrl });
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => [stage.first, stage.second].forEach((provider) => provider.reset()));

const hello = { model: 'auto', input: 'Say hello.' };
const tools = [{ type: 'function', name: 'weather', parameters: weatherSchema, strict: true }];

describe('openai, by Responses', () => {
  it('gets a response', async () => {
    const response = await client.responses.create(hello);
    expect(response.output_text).toBe('Hello.');
    expect(response.usage.total_tokens).toBe(15);
  });

  it('streams text, and has the response in the end', async () => {
    stage.first.always({ chunks: ['Hel', 'lo.'] });
    const stream = client.responses.stream(hello);
    const deltas: string[] = [];
    stream.on('response.output_text.delta', ({ delta }: { delta: string }) => void deltas.push(delta));
    const response = await stream.finalResponse();
    expect(deltas).toEqual(['Hel', 'lo.']);
    expect(response.output_text).toBe('Hello.');
  });

  it('parses what a schema holds it to', async () => {
    stage.first.always({ text: '{"city":"Oslo"}' });
    const format = { type: 'json_schema', name: 'place', schema: weatherSchema, strict: true };
    const response = await client.responses.parse({ ...hello, text: { format } });
    expect(response.output_parsed).toEqual({ city: 'Oslo' });
  });

  it.each(['whole', 'streamed'])('goes through a loop of functions, %s', async (how) => {
    stage.first.next({ toolCalls: [weatherCall] });
    const ask = (body: object) =>
      how === 'whole' ? client.responses.create(body) : client.responses.stream(body).finalResponse();
    const asked = await ask({ ...hello, tools, store: false });
    const [call] = asked.output;
    expect(call).toMatchObject({ type: 'function_call', name: 'weather', arguments: '{"city":"Oslo"}' });
    const output = { type: 'function_call_output', call_id: call.call_id, output: 'Rain.' };
    const input = [{ role: 'user', content: hello.input }, ...asked.output, output];
    const said = await ask({ ...hello, input, tools, store: false });
    expect(said.output_text).toBe('Hello.');
    expect(stage.first.requests.at(-1)?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', content: 'Rain.' },
    ]);
  });

  it('meets its own errors', async () => {
    await expect(client.responses.create({ ...hello, model: 'no/body' })).rejects.toBeInstanceOf(
      sdk.NotFoundError,
    );
    await expect(client.responses.create({ ...hello, store: true })).rejects.toMatchObject({
      ...{ status: 400, param: 'store' },
    });
  });

  it.each([false, true])('asks no second time when a chain is exhausted (stream: %s)', async (stream) => {
    stage.first.always({ status: 500 });
    stage.second.always({ status: 500 });
    const before = stage.first.received + stage.second.received;
    const error = await client.responses.create({ ...hello, stream }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(sdk.InternalServerError);
    const { status, headers } = error as { status: number; headers: Headers };
    expect({ status, retry: headers.get('x-should-retry') }).toEqual({ status: 502, retry: 'false' });
    // One chain: the first, again, and the second.
    expect(stage.first.received + stage.second.received - before).toBe(3);
  });

  it('lets the provider go when it is aborted', async () => {
    stage.first.always({ fault: 'hang' });
    const before = stage.first.abandoned;
    const seen = stage.first.received;
    const leaving = new AbortController();
    const asked = client.responses.create({ ...hello, stream: true }, { signal: leaving.signal });
    await stage.first.arrival(seen + 1);
    leaving.abort();
    await expect(asked).rejects.toBeInstanceOf(sdk.APIUserAbortError);
    await stage.first.abandonment(before + 1);
  });
});
