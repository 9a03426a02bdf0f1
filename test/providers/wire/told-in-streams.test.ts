import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailureClass } from '../../../src/providers/failure.ts';
import { httpResponse } from '../../support/providers/wire-provider.ts';
import { answerOf, failureOf } from '../../support/providers/provider-calls.ts';
import { eventStream, spokenAnswers } from './answers.ts';
import { openWireStage, sendsStream, type WireStage } from './wire-stage.ts';

let stage: WireStage;
beforeEach(async () => {
  stage = await openWireStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const busy = { code: 503, status: 'UNAVAILABLE', message: 'busy' };
const slow = { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow down' };

/** Errors as each dialect tells them within a stream. */
const told: Readonly<Record<string, readonly (readonly [object, FailureClass])[]>> = {
  'chat completions': [
    [{ error: slow }, 'RATE_LIMITED'],
    [{ error: { code: 503, message: 'busy' } }, 'SERVER_ERROR'],
    [{ id: 'c1', choices: [], error: slow }, 'RATE_LIMITED'],
    [
      { choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }], error: slow },
      'RATE_LIMITED',
    ],
    [{ error: { message: 'upstream', code: 429, metadata: { provider_name: 'x' } } }, 'RATE_LIMITED'],
  ],
  'anthropic messages': [
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'SERVER_ERROR'],
    [{ type: 'error', error: { type: 'rate_limit_error' } }, 'RATE_LIMITED'],
    [{ error: slow }, 'RATE_LIMITED'],
  ],
  'openai responses': [
    [
      { type: 'error', sequence_number: 3, code: 'rate_limit_exceeded', message: 'slow down' },
      'RATE_LIMITED',
    ],
    [{ type: 'error', error: slow }, 'RATE_LIMITED'],
    [
      {
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'server_error', message: 'x' } },
      },
      'SERVER_ERROR',
    ],
  ],
  'responses of xai': [
    [
      { type: 'error', sequence_number: 3, code: null, message: 'Too many requests for team.' },
      'RATE_LIMITED',
    ],
    [{ code: 'The service is currently unavailable', error: 'At capacity.' }, 'SERVER_ERROR'],
  ],
  'chat of cohere': [[{ id: 'e1', error: slow }, 'RATE_LIMITED']],
  'google generateContent': [
    [{ error: busy }, 'SERVER_ERROR'],
    [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow' } }, 'RATE_LIMITED'],
    [{ error: { code: 429 } }, 'RATE_LIMITED'],
  ],
};

describe.each(Object.entries(told))('an error within a stream of %s', (name, errors) => {
  const { adapter, said } = spokenAnswers[name]!;

  it.each(errors.map(([error, failureClass]) => [JSON.stringify(error), failureClass, error] as const))(
    'is told by its own code: %s is %s',
    async (_text, failureClass, error) => {
      for (const count of [0, 1, said.length]) {
        stage.script = sendsStream(eventStream([...said.slice(0, count), error]), 'stays open');
        expect(failureOf((await stage.stream(adapter)).result).failureClass).toBe(failureClass);
      }
      await expect.poll(stage.server.closed).toBe(3);
    },
  );

  it.each(errors.map(([error, failureClass]) => [JSON.stringify(error), failureClass, error] as const))(
    'is told by its own code when it comes instead of a stream: %s is %s',
    async (_text, failureClass, error) => {
      for (const body of [JSON.stringify(error), JSON.stringify([error], null, 2)]) {
        stage.script = ({ socket }) => void socket.write(httpResponse(body));
        expect(failureOf((await stage.stream(adapter)).result).failureClass).toBe(failureClass);
      }
    },
  );

  it('is told in an event that is named one', async () => {
    const { code: _code, ...unnamed } = slow;
    stage.script = sendsStream(`${eventStream(said)}event: error\ndata: ${JSON.stringify(unnamed)}\n\n`);
    expect(failureOf((await stage.stream(adapter)).result).failureClass).toBe('RATE_LIMITED');
  });

  it('is none when it is null', async () => {
    const { reason, marker } = spokenAnswers[name]!;
    const all = [...said, ...reason, ...marker].map((event) =>
      typeof event === 'string' ? event : { ...event, error: null },
    );
    stage.script = sendsStream(eventStream(all));
    expect(answerOf((await stage.stream(adapter)).result)).toMatchObject({ text: 'Fine, thanks.' });
  });
});
