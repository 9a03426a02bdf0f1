import { expect } from 'vitest';
import { failureClasses } from '../../../../src/providers/failure.ts';
import { question } from '../../../support/providers/provider-calls.ts';
import { textBlock } from '../said.ts';
import type { Answered } from '../stage.ts';
import type { Proof } from './proof.ts';

/** Each word of the API's reference, after a text. */
export const endings: Proof = async (cell) => {
  for (const [word, meaning] of Object.entries(cell.subject.fixture.endings)) {
    for (const came of await cell.both({ blocks: [textBlock('Fine.')], word })) {
      const how = `${word}, ${came.stream === undefined ? 'whole' : 'streamed'}`;
      if ((failureClasses as readonly string[]).includes(meaning))
        expect([how, classOf(came)]).toEqual([how, meaning]);
      else
        expect([how, came.result]).toMatchObject([
          how,
          { ok: true, answer: { text: 'Fine.', finishReason: meaning } },
        ]);
    }
  }
};

function classOf({ result }: Answered): string {
  return result.ok ? 'an answer' : result.failure.failureClass;
}

/** What the provider refuses by a status, whether it was asked for a stream or not, and what never was an answer. */
export const refusals: Proof = async (cell) => {
  const { fixture, refusals } = cell.subject;
  for (const refusal of refusals) {
    for (const how of ['whole', 'streamed'] as const) {
      const reply = { status: refusal.status, body: fixture.error(refusal), headers: refusal.headers ?? {} };
      const came = await cell.reply(reply, how);
      const told = `${refusal.status} ${refusal.code}, ${how}`;
      expect([told, classOf(came)]).toEqual([told, refusal.means]);
      if (!came.result.ok) expect(came.result.failure.httpStatus).toBe(refusal.status);
    }
  }
  const none = [
    ['MALFORMED', { body: '<html>Bad gateway</html>' }],
    ['MALFORMED', { body: '{}' }],
    ['CONNECTION', { fault: 'reset' }],
    ['EMPTY_OUTPUT', { body: fixture.whole({ blocks: [], word: cell.subject.spentWord }) }],
  ] as const;
  for (const [means, reply] of none) {
    const came = await cell.reply(reply, 'whole');
    expect([JSON.stringify(reply), classOf(came)]).toEqual([JSON.stringify(reply), means]);
  }
  const gone = await cell.provider.call(question({ modelSlug: cell.subject.model }), AbortSignal.abort());
  expect(gone).toMatchObject({ ok: false, failure: { failureClass: 'CANCELLED' } });
};

/** What a stream tells after it has begun, and streams that break off. */
export const brokenStreams: Proof = async (cell) => {
  const { fixture, told } = cell.subject;
  for (const error of told) {
    const came = await cell.reply({ body: fixture.streamedError(error) }, 'streamed');
    expect([error.code, classOf(came)]).toEqual([error.code, error.means]);
    expect(came.stream?.text).toBe('half');
  }
  const bytes = fixture.stream({ blocks: [textBlock('Fine, thanks.')] });
  const cut = await cell.reply({ body: bytes.subarray(0, cell.subject.cutAt(bytes)) }, 'streamed');
  expect(classOf(cut)).toBe('MALFORMED');
  expect(cut.stream?.text).toMatch(/^Fine, /);
  const truncated = await cell.reply({ body: bytes, fault: 'truncate' }, 'streamed');
  expect(classOf(truncated)).toBe('MALFORMED');
  const empty = await cell.streamed({ blocks: [], word: cell.subject.spentWord });
  expect(classOf(empty)).toBe('EMPTY_OUTPUT');
  const leaving = new AbortController();
  cell.server.next({ body: bytes });
  const request = question({ modelSlug: cell.subject.model });
  let last: unknown;
  for await (const part of cell.provider.stream(request, leaving.signal)) {
    last = part;
    if (part.kind === 'text') leaving.abort();
  }
  expect(last).toMatchObject({ kind: 'end', result: { ok: false, failure: { failureClass: 'CANCELLED' } } });
};
