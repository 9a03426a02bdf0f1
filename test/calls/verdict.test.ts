import { describe, expect, it, test } from 'vitest';
import { judge, type FailureFacts } from '../../src/calls/verdict.ts';
import { failureClasses, type FailureClass } from '../../src/providers/failure.ts';

/** A whole call that its caller's deadline cut short after five seconds less one millisecond. */
const cutShort: FailureFacts = {
  httpStatus: null,
  ranOwnLimit: false,
  ranStreamLimit: false,
  elapsedMs: 4_999,
  fullAnswerMs: 1_000,
};
const judged = (failureClass: FailureClass, facts: Partial<FailureFacts> = {}) =>
  judge(failureClass, { ...cutShort, ...facts });

/** The classes that a verdict says this of, whatever the status was. */
const classesThat = (holds: (verdict: ReturnType<typeof judge>) => boolean) =>
  failureClasses.filter((failureClass) =>
    [null, 200, 400, 403, 429, 500].some((httpStatus) => holds(judged(failureClass, { httpStatus }))),
  );

const outages: FailureClass[] = ['CONNECTION', 'SERVER_ERROR', 'MALFORMED'];

describe('a breaker', () => {
  test('counts outages, and no other failure that came in time: neither content, nor keys, nor rates, nor callers', () => {
    expect(classesThat(({ signal }) => signal === 'failure')).toEqual(outages);
  });

  test.each(['TIMEOUT', 'DEADLINE'] as const)(
    'counts a %s when the provider had enough time, and not when its caller was in a hurry',
    (failureClass) => {
      const signalOf = (facts: Partial<FailureFacts>) => judged(failureClass, facts).signal;
      expect(signalOf({})).toBe('neutral');
      expect(signalOf({ elapsedMs: 5_000 })).toBe('failure');
      // A model that is expected to think for ten seconds has thrice that time.
      expect(signalOf({ fullAnswerMs: 10_000, elapsedMs: 29_999 })).toBe('neutral');
      expect(signalOf({ fullAnswerMs: 10_000, elapsedMs: 30_000 })).toBe('failure');
      expect(signalOf({ ranOwnLimit: true })).toBe('failure');
      expect(signalOf({ ranStreamLimit: true, elapsedMs: 50 })).toBe('failure');
    },
  );

  test('never counts a caller that left, however long it had waited', () => {
    for (const facts of [{ ranOwnLimit: true }, { ranStreamLimit: true }, { elapsedMs: 600_000 }]) {
      expect(judged('CANCELLED', facts).signal).toBe('neutral');
    }
  });
});

describe('a call whose attempt failed', () => {
  test('tries the same model again only where that may help at once', () => {
    expect(classesThat(({ next }) => next === 'same_then_next')).toEqual(['CONNECTION', 'SERVER_ERROR']);
  });

  test('stops when there is nobody to answer, and when its content is refused', () => {
    expect(classesThat(({ next }) => next === 'stop').sort()).toEqual([
      ...['CANCELLED', 'CONTENT_FILTER', 'DEADLINE'],
    ]);
  });

  test('goes where its request may fit: to a larger window, or once to another dialect', () => {
    expect(classesThat(({ next }) => next === 'larger_window')).toEqual(['CONTEXT_LENGTH']);
    expect(classesThat(({ next }) => next === 'other_provider_then_stop')).toEqual(['INVALID_REQUEST']);
  });

  test('leaves a provider alone that has no money left, or that does not know its key', () => {
    expect(classesThat(({ skip }) => skip === 'provider').sort()).toEqual(['AUTH', 'QUOTA_EXHAUSTED']);
    // Google says 400 to a key that is none.
    for (const httpStatus of [401, 400]) expect(judged('AUTH', { httpStatus }).skip).toBe('provider');
    expect(judged('AUTH', { httpStatus: 403 }).skip).toBe('model');
  });
});

describe('the standard status', () => {
  it.each<[status: string | null, classes: FailureClass[]]>([
    ['timeout', ['TIMEOUT', 'DEADLINE']],
    ['retriable_error', [...outages, 'EMPTY_OUTPUT', 'INVALID_OUTPUT']],
    ['rate_limited', ['RATE_LIMITED', 'QUOTA_EXHAUSTED']],
    [
      'terminal_error',
      ['INTERNAL', 'AUTH', 'MODEL_NOT_FOUND', 'CONTEXT_LENGTH', 'CONTENT_FILTER', 'INVALID_REQUEST'],
    ],
    [null, ['CANCELLED']],
  ])('%s tells apart what a dashboard must', (status, classes) => {
    expect(classesThat((verdict) => verdict.status === status).sort()).toEqual(classes.sort());
  });
});
