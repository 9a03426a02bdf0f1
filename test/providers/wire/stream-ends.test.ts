import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunk, chunkedHead } from '../../support/providers/wire-provider.ts';
import { answerOf, failureOf } from '../../support/providers/provider-calls.ts';
import { eventStream, spokenAnswers } from './answers.ts';
import { openWireStage, sendsStream, type StreamEnd, type WireStage } from './wire-stage.ts';

let stage: WireStage;
beforeEach(async () => {
  stage = await openWireStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const ends: readonly StreamEnd[] = ['ends', 'stays open', 'closes', 'is reset'];
const rubbish = 'data: {"choices":[{"del\n\n<html>\n\ndata: more\n\n';

describe.each(Object.entries(spokenAnswers))('a stream of %s', (_name, spoken) => {
  const { adapter, said, reason, marker, usage } = spoken;
  const whole = { text: 'Fine, thanks.', finishReason: 'stop', usage };

  it.each(ends)('is complete at its end, when its connection then %s', async (end) => {
    stage.script = sendsStream(eventStream([...said, ...reason, ...marker]), end);
    const { result, text } = await stage.stream(adapter);
    expect(answerOf(result)).toMatchObject(whole);
    expect(text).toBe('Fine, thanks.');
    if (end === 'stays open') await expect.poll(stage.server.closed).toBe(1);
  });

  it.each(ends)('is complete at its end, whatever comes behind it, when its connection %s', async (end) => {
    stage.script = sendsStream(eventStream([...said, ...reason, ...marker]) + rubbish, end);
    expect(answerOf((await stage.stream(adapter)).result)).toMatchObject(whole);
  });

  it('is complete at its end when rubbish goes on and on', async () => {
    stage.script = ({ socket }) => {
      socket.write(chunkedHead());
      socket.write(chunk(eventStream([...said, ...reason, ...marker])));
      const more = setInterval(() => socket.write(chunk(rubbish)), 5);
      socket.on('close', () => clearInterval(more));
    };
    expect(answerOf((await stage.stream(adapter)).result)).toMatchObject(whole);
  });

  it('is complete when its last event has no empty line behind it', async () => {
    stage.script = sendsStream(eventStream([...said, ...reason, ...marker]).trimEnd());
    expect(answerOf((await stage.stream(adapter)).result)).toMatchObject(whole);
  });

  it('leaves its connection to the next one when it has ended in order', async () => {
    for (let count = 0; count < 3; count += 1) {
      stage.script = sendsStream(eventStream([...said, ...reason, ...marker]));
      answerOf((await stage.stream(adapter)).result);
    }
    expect(stage.server.connections.length).toBeLessThanOrEqual(2);
    expect(stage.server.closed()).toBe(0);
  });

  it.each(ends.filter((end) => end !== 'stays open'))(
    'was cut when the model has not said why it ended, and its connection %s',
    async (end) => {
      stage.script = sendsStream(eventStream(said), end);
      const { result, text } = await stage.stream(adapter);
      expect(failureOf(result).failureClass).toBe('MALFORMED');
      expect('Fine, thanks.'.startsWith(text)).toBe(true);
      expect(text).not.toBe('');
    },
  );

  it.each(ends)(
    'is complete without a marker once the model has said why, and its connection %s',
    async (end) => {
      // Responses has no reason but the one in its marker.
      stage.script = sendsStream(
        eventStream([...said, ...reason, ...(reason.length === 0 ? marker : [])]),
        end,
      );
      expect(answerOf((await stage.stream(adapter)).result)).toMatchObject(whole);
    },
  );
});

describe('a reason that is none', () => {
  const none = ['', ' ', null, undefined, 'FINISH_REASON_UNSPECIFIED', 7, false];
  const withReason = (events: readonly object[], name: string, value: unknown) =>
    JSON.parse(JSON.stringify(events, (key, given: unknown) => (key === name ? value : given))) as object[];
  const cases = [
    ['chat completions', 'finish_reason'],
    ['anthropic messages', 'stop_reason'],
    ['google generateContent', 'finishReason'],
  ] as const;

  describe.each(cases)('in a stream of %s', (name, field) => {
    const { adapter, said, reason, marker } = spokenAnswers[name]!;

    it.each(none)('does not make it complete: %j', async (value) => {
      stage.script = sendsStream(eventStream([...said, ...withReason(reason, field, value)]));
      expect(failureOf((await stage.stream(adapter)).result)).toMatchObject({ failureClass: 'MALFORMED' });
    });

    it.each(none)('does not with a marker behind it either: %j', async (value) => {
      stage.script = sendsStream(
        eventStream([...said, ...withReason(reason, field, value), ...marker]),
        marker.length > 0 ? 'stays open' : 'ends',
      );
      expect(failureOf((await stage.stream(adapter)).result)).toMatchObject({ failureClass: 'MALFORMED' });
    });

    it('does not outdo one that is', async () => {
      const events = [...said, ...withReason(said, field, ''), ...reason, ...marker];
      stage.script = sendsStream(eventStream(events.filter((event) => !isStart(event))));
      // The first message_start is needed, the second would be another message.
      stage.script = sendsStream(
        eventStream([said[0]!, ...events.slice(1).filter((event) => !isStart(event))]),
      );
      expect(answerOf((await stage.stream(adapter)).result)).toMatchObject({ finishReason: 'stop' });
    });
  });

  function isStart(event: unknown): boolean {
    return (event as { type?: string }).type === 'message_start';
  }
});

describe('a Responses stream', () => {
  const { said, marker } = spokenAnswers['openai responses']!;
  const last = (marker[0] as { response: object }).response;

  it('that was incomplete for length is complete at that', async () => {
    const incomplete = {
      type: 'response.incomplete',
      response: { ...last, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    };
    stage.script = sendsStream(eventStream([...said, incomplete]), 'stays open');
    expect(answerOf((await stage.stream('openai')).result)).toMatchObject({ finishReason: 'length' });
  });

  it('that was cancelled has broken off at that', async () => {
    const cancelled = { type: 'response.cancelled', response: { ...last, status: 'cancelled' } };
    stage.script = sendsStream(eventStream([...said, cancelled]), 'stays open');
    expect(failureOf((await stage.stream('openai')).result)).toMatchObject({ failureClass: 'MALFORMED' });
  });

  it('that failed has failed at that, by its own code', async () => {
    const error = { code: 'rate_limit_exceeded', message: 'slow down' };
    const failed = { type: 'response.failed', response: { ...last, status: 'failed', error } };
    stage.script = sendsStream(eventStream([...said, failed]), 'stays open');
    expect(failureOf((await stage.stream('openai')).result)).toMatchObject({ failureClass: 'RATE_LIMITED' });
  });
});

describe('a stream without a marker', () => {
  it.each(['chat completions', 'anthropic messages', 'google generateContent'])(
    'is complete although its connection is kept alive: %s',
    async (name) => {
      const { adapter, said, reason } = spokenAnswers[name]!;
      stage.script = ({ socket }) => {
        socket.write(chunkedHead());
        socket.write(chunk(eventStream([...said, ...reason])));
        const beat = setInterval(() => socket.write(chunk(': alive\n\nevent: ping\ndata: {}\n\n')), 50);
        socket.on('close', () => clearInterval(beat));
      };
      expect(answerOf((await stage.stream(adapter)).result)).toMatchObject({ text: 'Fine, thanks.' });
      await expect.poll(stage.server.closed).toBe(1);
    },
  );

  it('goes on behind a reason for as long as there is something to hear', async () => {
    // Some models of Google's have given a reason with every chunk.
    const { adapter, reason } = spokenAnswers['google generateContent']!;
    stage.script = ({ socket }) => {
      socket.write(chunkedHead());
      let count = 0;
      const more = setInterval(() => {
        socket.write(chunk(eventStream(reason)));
        if ((count += 1) === 5) {
          clearInterval(more);
          socket.write(chunk(''));
        }
      }, 150);
    };
    expect(answerOf((await stage.stream(adapter)).result)).toMatchObject({ text: 'thanks.'.repeat(5) });
  });
});
