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

  it('exists for any body, and its message repeats none of it but a code', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
        const { message } = classify(status, body);
        expect(message.length).toBeLessThanOrEqual(300);
        expect(message).toMatch(/^The provider answered \d{3}( \([a-z_.]+\))?: [^.]+\.$/);
      }),
    );
  });

  it('shows the code, which tells an operator what to look up', () => {
    expect(classify(429, { error: { code: 'insufficient_quota', message: 'Pay, sk-abc!' } }).message).toBe(
      'The provider answered 429 (insufficient_quota): the account has no quota or money left.',
    );
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
