import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyHttpFailure } from '../../src/providers/classify-failure.ts';
import recorded from './recorded-failures.json' with { type: 'json' };

const nowMs = Date.parse('2026-11-22T10:00:00Z');

function classify(status: number, body: unknown, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classifyHttpFailure({ status, headers, body: text }, nowMs);
}

describe('the class of an HTTP failure', () => {
  it.each(recorded)('is $expected for $name ($status)', ({ status, body, expected }) => {
    expect(classify(status, body)).toMatchObject({ failureClass: expected, httpStatus: status });
  });

  it('is SERVER_ERROR for every 5xx, whatever its body mentions', () => {
    const bodies = fc.constantFrom(...recorded.map(({ body }) => body));
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 599 }), bodies, (status, body) => {
        expect(classify(status, body).failureClass).toBe('SERVER_ERROR');
      }),
    );
  });

  it('is CONTEXT_LENGTH on 400, 413 and 422 alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), (status) => {
        const { failureClass } = classify(status, { error: { code: 'context_length_exceeded' } });
        expect(failureClass === 'CONTEXT_LENGTH').toBe([400, 413, 422].includes(status));
      }),
    );
  });

  it('is the number that the body names, before that of the response', () => {
    const told = (code: unknown) => classify(400, { error: { message: 'no', code } }).failureClass;
    expect([401, '402', 404, 429, 500, 529, 408, 498].map(told)).toEqual([
      'AUTH',
      'QUOTA_EXHAUSTED',
      'MODEL_NOT_FOUND',
      'RATE_LIMITED',
      'SERVER_ERROR',
      'SERVER_ERROR',
      'SERVER_ERROR',
      'SERVER_ERROR',
    ]);
    expect([3051, 0, -1, 1e18, null, 'x', 200].map(told)).toEqual(Array(7).fill('INVALID_REQUEST'));
  });

  it('exists for any body, and its message is one line of a bounded length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
        const { message } = classify(status, body);
        expect(message.length).toBeLessThanOrEqual(300);
        expect(message).toMatch(/^The provider answered \d{3}( \([a-z_.]+\))?: [^.]+\.( It said: “.+”)?$/u);
        expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('shows the code, which tells an operator what to look up', () => {
    const body = { error: { code: 'insufficient_quota', message: 'Pay, sk-abc!' } };
    expect(classify(429, body).message).toBe(
      'The provider answered 429 (insufficient_quota): the account has no quota or money left. It said: “Pay, …!”',
    );
  });

  it.each([
    ['OpenAI and its copies', { error: { message: 'No such thing.' } }],
    ['Ollama', { error: 'No such thing.' }],
    ['Cohere', { message: 'No such thing.' }],
    ['AWS', { Message: 'No such thing.' }],
    ['FastAPI', { detail: 'No such thing.' }],
    ['Pydantic', { detail: [{ loc: ['body'], msg: 'No such thing.' }] }],
    ['Google, in a list', [{ error: { code: 404, message: 'No such thing.' } }]],
    ['Cloudflare', { success: false, errors: [{ code: 7003, message: 'No such thing.' }] }],
    ['MiniMax', { base_resp: { status_code: 1004, status_msg: 'No such thing.' } }],
    [
      'the upstream of OpenRouter',
      { error: { message: 'Provider returned error', metadata: { raw: '{"error":"No such thing."}' } } },
    ],
    ['plain text', 'No such thing.'],
  ])('quotes what the provider says: %s', (_who, body) => {
    expect(classify(404, body).message).toBe(
      'The provider answered 404: it does not serve this model. It said: “No such thing.”',
    );
  });

  it('quotes no page of a proxy', () => {
    expect(classify(404, '<html><h1>Not here</h1></html>').message).not.toContain('Not here');
  });
});

describe('how long a refused call waits', () => {
  it('is what Retry-After says, for any status', () => {
    expect(classify(503, '', { 'retry-after': '3' }).retryAfterMs).toBe(3_000);
    expect(classify(429, '', { 'retry-after': 'Sun, 22 Nov 2026 10:00:05 GMT' }).retryAfterMs).toBe(5_000);
  });

  it('is what Google tells in the body of a 429', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }];
    expect(classify(429, { error: { code: 429, details } }).retryAfterMs).toBe(34_000);
  });

  it('is the reset of an exhausted limit, for a 429 that says nothing else', () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' };
    expect(classify(429, '', headers).retryAfterMs).toBe(90_000);
    expect(classify(500, '', headers)).not.toHaveProperty('retryAfterMs');
    expect(classify(429, '')).not.toHaveProperty('retryAfterMs');
  });
});
