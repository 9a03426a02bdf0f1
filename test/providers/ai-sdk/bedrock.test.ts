import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderRequest } from '../../../src/providers/provider.ts';
import { noSettings } from '../../../src/providers/adapter-settings.ts';
import { writeFrame } from '../../../src/providers/wire/frame.node.ts';
import { continued, openProviderStage, weather, type ProviderStage } from '../provider-stage.ts';
import {
  answerOf,
  failureOf,
  nobodyLeaves,
  question,
  streamedResult,
} from '../../support/providers/provider-calls.ts';

let stage: ProviderStage;
beforeEach(async () => {
  stage = await openProviderStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const keys = JSON.stringify({
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'secret',
  sessionToken: 'session',
});

function bedrock(credential = keys) {
  return stage.factory.provider({
    ...{ slug: 'them', adapter: 'amazon-bedrock', baseUrl: stage.server.baseUrl, credential },
    settings: { ...noSettings, region: 'eu-central-1' },
  });
}

const usage = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };
const answer = (content: unknown[], stopReason: string) => ({
  ...{ output: { message: { role: 'assistant', content } }, stopReason, usage },
  metrics: { latencyMs: 12 },
});
const toolUse = { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Oslo' } };
const thought = { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'signed' } } };
const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';

async function ask(body: unknown, changes: Partial<ProviderRequest> = {}, credential = keys) {
  stage.server.next({ body });
  return (await bedrock(credential)).call(question({ modelSlug: claude, ...changes }), nobodyLeaves());
}

const frame = (kind: string, type: string, payload: unknown) =>
  writeFrame({
    headers: new Map([
      [':message-type', kind],
      [kind === 'event' ? ':event-type' : ':exception-type', type],
    ]),
    payload: JSON.stringify(payload),
  });
const event = (type: string, payload: unknown) => frame('event', type, { ...(payload as object), p: 'abc' });
const said = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Fi' } }),
  event('aNewKind', { odd: true }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'ne.' } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
];
const stopped = event('messageStop', { stopReason: 'end_turn' });
const counted = event('metadata', { usage, metrics: { latencyMs: 12 } });

async function stream(frames: readonly Buffer[], changes: Partial<ProviderRequest> = {}) {
  stage.server.next({ body: Buffer.concat(frames) });
  return await streamedResult(await bedrock(), question({ modelSlug: claude, ...changes }));
}

describe('Bedrock', () => {
  it('answers by Converse, to requests that are signed for their region', async () => {
    const result = await ask(answer([{ text: 'Fine.' }], 'end_turn'));
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', finishReason: 'stop' });
    expect(answerOf(result).usage).toEqual({ inputTokens: 11, outputTokens: 7, reasoningTokens: 0 });
    const [request] = stage.server.requests;
    expect(request).toMatchObject({
      path: `/v1/model/${encodeURIComponent(claude)}/converse`,
      headers: { 'x-amz-security-token': 'session' },
      body: { inferenceConfig: { maxTokens: 100 } },
    });
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=\S*host\S*, Signature=[0-9a-f]{64}$/,
    );
  });

  it('takes an API key as it is', async () => {
    await ask(answer([{ text: 'Fine.' }], 'end_turn'), {}, 'ABSKkey');
    expect(stage.server.requests[0]?.headers.authorization).toBe('Bearer ABSKkey');
  });

  it('is sent all stop sequences', async () => {
    const stopSequences = Array.from({ length: 17 }, (_, index) => `stop-${index}.`);
    await ask(answer([{ text: 'Fine.' }], 'stop_sequence'), { stopSequences });
    expect(stage.lastBody()['inferenceConfig']).toMatchObject({ stopSequences });
  });

  it('is not asked with half a pair of keys', async () => {
    const provider = await bedrock('{"accessKeyId":"AKID"}');
    expect(failureOf(await provider.call(question(), nobodyLeaves())).failureClass).toBe('AUTH');
    expect(failureOf(await streamedResult(provider, question())).failureClass).toBe('AUTH');
    expect(stage.server.received).toBe(0);
  });

  it('calls tools, and gets its signed thinking back with their results', async () => {
    const result = await ask(answer([thought, { toolUse }], 'tool_use'), { tools: [weather] });
    expect(answerOf(result)).toMatchObject({
      toolCalls: [{ id: 'tooluse_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
      finishReason: 'tool_calls',
    });
    await ask(answer([{ text: 'Snow.' }], 'end_turn'), { tools: [weather], messages: continued(result) });
    expect(stage.lastBody()['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [thought, { toolUse }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'tooluse_1' } }] },
    ]);
  });

  it('reads an answer in spite of fields that it does not know, and counts what is left out as estimated', async () => {
    const { usage: _, ...uncounted } = answer([{ video: {} }, { text: 'Fine.' }], 'end_turn');
    const result = await ask({ ...uncounted, trace: 7, serviceTier: 'odd' });
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', usage: { isEstimated: true } });
  });

  it.each([
    [403, 'The security token included in the request is invalid.', 'AUTH'],
    [429, 'Too many requests, please wait before trying again.', 'RATE_LIMITED'],
    [400, 'Malformed input request.', 'INVALID_REQUEST'],
    [503, 'Bedrock is unable to process your request.', 'SERVER_ERROR'],
  ])('has failed when it answers %i: %s', async (status, message, failureClass) => {
    stage.server.next({ status, body: { message } });
    const result = await (await bedrock()).call(question(), nobodyLeaves());
    expect(failureOf(result)).toMatchObject({ failureClass, httpStatus: status });
  });
});

describe('a stream of Bedrock', () => {
  it('is read message by message, with its counts', async () => {
    const result = await stream([...said, stopped, counted]);
    expect(answerOf(result)).toMatchObject({ text: 'Fine.', finishReason: 'stop' });
    expect(answerOf(result).usage).toEqual({ inputTokens: 11, outputTokens: 7, reasoningTokens: 0 });
    expect(stage.server.requests[0]?.path).toMatch(/\/converse-stream$/);
  });

  it('calls tools in pieces', async () => {
    const result = await stream(
      [
        event('contentBlockStart', {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: 'tooluse_1', name: 'weather' } },
        }),
        event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"city":' } } }),
        event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '"Oslo"}' } } }),
        event('contentBlockStop', { contentBlockIndex: 0 }),
        event('messageStop', { stopReason: 'tool_use' }),
        counted,
      ],
      { tools: [weather] },
    );
    expect(answerOf(result)).toMatchObject({
      toolCalls: [{ id: 'tooluse_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
      finishReason: 'tool_calls',
    });
  });

  it('is whole without its counts, and with rubbish behind them', async () => {
    expect(answerOf(await stream([...said, stopped]))).toMatchObject({
      text: 'Fine.',
      usage: { isEstimated: true },
    });
    expect(answerOf(await stream([...said, stopped, Buffer.alloc(64, 1)])).text).toBe('Fine.');
    expect(answerOf(await stream([...said, stopped, counted, Buffer.alloc(64, 1)])).text).toBe('Fine.');
  });

  it.each([
    ['throttlingException', 'RATE_LIMITED'],
    ['internalServerException', 'SERVER_ERROR'],
    ['modelStreamErrorException', 'SERVER_ERROR'],
    ['serviceUnavailableException', 'SERVER_ERROR'],
    ['validationException', 'INVALID_REQUEST'],
  ])('has failed when it tells a %s', async (name, failureClass) => {
    const result = await stream([...said, frame('exception', name, { message: 'No.' })]);
    expect(failureOf(result).failureClass).toBe(failureClass);
  });

  it.each([
    ['ends without a reason', said],
    ['ends within a message', [...said, stopped.subarray(0, 20)]],
    ['is none', [Buffer.from('<html>Bad gateway</html>')]],
    ['has a message that fails its checksum', [...said, Buffer.from(stopped).fill(0, stopped.length - 4)]],
    [
      'has a message that is no JSON',
      [
        writeFrame({
          headers: new Map([
            [':message-type', 'event'],
            [':event-type', 'x'],
          ]),
          payload: '{',
        }),
      ],
    ],
  ])('is malformed when it %s', async (_what, frames) => {
    expect(failureOf(await stream(frames)).failureClass).toBe('MALFORMED');
  });
});
