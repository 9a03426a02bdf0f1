import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Refusal } from '../../../src/calls/admission.ts';
import type { NextStep, Verdict } from '../../../src/calls/verdict.ts';
import type { FailureClass, ProviderFailure } from '../../../src/providers/failure.ts';
import {
  afterFailure,
  afterRefusal,
  beginWalk,
  isLastAttempt,
  nextStep,
  type Moment,
  type Walk,
} from '../../../src/routing/act/walk.ts';
import type { Plan } from '../../../src/routing/plan/plan.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';

const all = planRoute(
  planInput([
    candidate('a/1', { contextWindowTokens: 200_000, atsBps: 9900 }),
    candidate('a/2', { contextWindowTokens: 50_000, atsBps: 9000 }),
    candidate('b/1', { contextWindowTokens: 60_000, atsBps: 8000 }),
    candidate('c/1', { contextWindowTokens: 900_000, atsBps: 7000 }),
  ]),
);
const planOf = (keys: readonly string[], maxAttempts = 10): Plan => ({
  ...all,
  maxAttempts,
  ranked: all.ranked.filter(({ candidate: { key } }) => keys.includes(key)),
});
const ONE = ['a/1'];
const TWO = ['a/1', 'b/1'];
const FOUR = ['a/1', 'a/2', 'b/1', 'c/1'];

const atStart: Moment = {
  nowMs: 0,
  deadlineMs: 60_000,
  isCancelled: false,
  waitMsOf: () => 0,
  coolDownMsOf: () => 0,
};

type Outcome =
  Refusal | { readonly failure: ProviderFailure; readonly verdict: Pick<Verdict, 'next' | 'skip'> };

function failed(failureClass: FailureClass, next: NextStep, skip: Verdict['skip'] = 'model') {
  return (retryAfterMs?: number): Outcome => ({
    failure: { failureClass, message: 'no', ...(retryAfterMs !== undefined && { retryAfterMs }) },
    verdict: { next, skip },
  });
}

/** How calls end, in words; a number after a word is how long it says to wait. */
const outcomes: Readonly<Record<string, (ms?: number) => Outcome>> = {
  shut: (ms) => ({ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: ms ?? null }),
  probed: (ms) => ({ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: ms ?? null, isProbed: true }),
  limited: (ms) => ({ admitted: false, reason: 'RATE_LIMITED', retryAfterMs: ms ?? null }),
  full: (ms) => ({ admitted: false, reason: 'AT_CAPACITY', retryAfterMs: ms ?? null }),
  asked: failed('RATE_LIMITED', 'next'),
  busy: failed('SERVER_ERROR', 'same_then_next'),
  broken: failed('MALFORMED', 'next'),
  denied: failed('AUTH', 'next', 'provider'),
  long: failed('CONTEXT_LENGTH', 'larger_window'),
  invalid: failed('INVALID_REQUEST', 'other_provider_then_stop'),
  filtered: failed('CONTENT_FILTER', 'stop'),
  left: failed('CANCELLED', 'stop'),
};

function outcomeOf(said: string): Outcome {
  const [word = '', ms] = said.split(' ');
  return outcomes[word]!(ms === undefined ? undefined : Number(ms));
}

function advance(walk: Walk, key: string, outcome: Outcome, moment: Moment): Walk {
  const ranked = all.ranked.find(({ candidate }) => candidate.key === key)!;
  return 'admitted' in outcome
    ? afterRefusal(walk, ranked, outcome, moment.nowMs)
    : afterFailure(walk, ranked, { ...outcome, jitter: 0.5 }, moment);
}

/** The steps of a walk whose calls end like this, while every pause takes its time. */
function stepsOf(plan: Plan, ends: readonly string[], moment: Moment = atStart): string[] {
  const steps: string[] = [];
  let walk = beginWalk(plan, true, moment.nowMs);
  let { nowMs } = moment;
  for (const end of [...ends, undefined]) {
    const step = nextStep(walk, { ...moment, nowMs });
    if (step.kind === 'end') {
      const told = 'retryAfterMs' in step.end ? ` ${step.end.retryAfterMs}` : '';
      return [...steps, `= ${step.end.kind}${told}`];
    }
    const { ranked, pause } = step;
    const ms = 'ms' in pause ? pause.ms : 0;
    const among = 'among' in pause ? pause.among.map(({ candidate }) => candidate.key).join('|') : ms;
    steps.push(ranked.candidate.key + (pause.kind === 'none' ? '' : ` ${pause.kind} ${among}`));
    nowMs += ms;
    if (end !== undefined) walk = advance(walk, ranked.candidate.key, outcomeOf(end), { ...moment, nowMs });
  }
  return steps;
}

const list = (text: string) => text.split(', ').filter((word) => word !== '');

describe('the walk through a plan', () => {
  test.each<[string, readonly string[], string, string]>([
    ['begins with the first choice', FOUR, '', 'a/1'],
    ['goes on to the next', TWO, 'broken', 'a/1, b/1'],
    ['goes on after a refusal', TWO, 'shut 9', 'a/1, b/1'],
    ['tries the same once more', TWO, 'busy', 'a/1, a/1 backoff 125'],
    ['tries the same no third time', TWO, 'busy, busy', 'a/1, a/1 backoff 125, b/1'],
    ['tries the same when its provider says', TWO, 'busy 3000', 'a/1, a/1 backoff 3000'],
    ['waits for no retry that is out of its time', TWO, 'busy 60000', 'a/1, b/1'],
    ['passes over the siblings of a provider that is out', FOUR, 'denied', 'a/1, b/1'],
    ['passes over windows that are no larger', FOUR, 'long', 'a/1, c/1'],
    ['hops to another dialect once', FOUR, 'invalid, invalid', 'a/1, b/1, = refused'],
    ['stops where nothing helps', FOUR, 'filtered', 'a/1, = refused'],
    ['stops when its caller has left', FOUR, 'left', 'a/1, = cancelled'],
    ['ends when all have failed', TWO, 'broken, broken', 'a/1, b/1, = exhausted null'],
    ['has sent nothing when all refuse', TWO, 'shut, shut', 'a/1, b/1, = none_admitted null'],
    ['waits for the first to recover', TWO, 'shut 900, shut 300', 'a/1, b/1, b/1 recovery 300'],
    [
      'waits for nobody who is out of its time',
      TWO,
      'shut 90000, shut 60000',
      'a/1, b/1, = none_admitted 60000',
    ],
    ['waits for no breaker once it has failed', TWO, 'broken, shut 300', 'a/1, b/1, = exhausted 300'],
    ['asks others before it waits', TWO, 'asked 200', 'a/1, b/1'],
    ['waits out what the only one asks for', ONE, 'asked 200', 'a/1, a/1 recovery 200'],
    ['waits out the shortest of what all ask for', TWO, 'asked 500, asked 400', 'a/1, b/1, b/1 recovery 400'],
    [
      'waits for one that asked when another is shut',
      TWO,
      'asked 200, shut 9000',
      'a/1, b/1, a/1 recovery 200',
    ],
    ['waits for one that asked when another failed', TWO, 'asked 200, broken', 'a/1, b/1, a/1 recovery 200'],
    ['waits for a limit of our own as for theirs', TWO, 'broken, limited 800', 'a/1, b/1, b/1 recovery 800'],
    [
      'waits on for a retry that a limit refuses',
      ONE,
      'busy 200, limited 800',
      'a/1, a/1 backoff 200, a/1 recovery 800',
    ],
    ['waits for nobody who is of no use', FOUR, 'asked 200, asked 200, long', 'a/1, a/2, b/1, c/1'],
    ['tells of what it could not wait for', ONE, 'busy 60000', 'a/1, = exhausted 60000'],
    [
      'tells of the second refusal of a retry',
      ONE,
      'busy 200, busy 300',
      'a/1, a/1 backoff 200, = exhausted 300',
    ],
    ['takes another where there is no place', TWO, 'full 900', 'a/1, b/1'],
    ['waits for a place where there is no other', ONE, 'full 90000', 'a/1, a/1 place a/1'],
    ['waits for the first place of several', TWO, 'full 900, full 300', 'a/1, b/1, b/1 place a/1|b/1'],
    ['waits for a place after a failure, too', TWO, 'full 900, broken', 'a/1, b/1, a/1 place a/1'],
    ['waits for what comes sooner than a place', TWO, 'full 900, shut 300', 'a/1, b/1, b/1 recovery 300'],
    ['waits for no place that is of no use', TWO, 'full 900, filtered', 'a/1, b/1, = refused'],
    ['tells of no wait that is over', ONE, 'shut 300, broken', 'a/1, a/1 recovery 300, = exhausted null'],
  ])('%s', (_what, keys, ends, steps) => {
    expect(stepsOf(planOf(keys), list(ends))).toEqual(list(steps));
  });

  test('is the first choice alone when fallback is switched off', () => {
    const walk = beginWalk(planOf(FOUR), false, 0);
    const step = nextStep(advance(walk, 'a/1', outcomeOf('broken'), atStart), atStart);
    expect(step).toEqual({ kind: 'end', end: { kind: 'exhausted', retryAfterMs: null } });
  });

  test('spends attempts on calls alone', () => {
    expect(stepsOf(planOf(TWO, 1), ['busy 5'])).toEqual(['a/1', '= exhausted 5']);
    expect(stepsOf(planOf(TWO, 1), ['shut 5', 'broken'])).toEqual(['a/1', 'b/1', '= exhausted 5']);
  });

  test('waits first where the plan says so', () => {
    const [first] = all.ranked;
    const plan = { ...all, ranked: [{ ...first!, notBeforeMs: 4000 }] };
    expect(stepsOf(plan, [])).toEqual(['a/1 recovery 4000']);
    expect(stepsOf(plan, [], { ...atStart, deadlineMs: 3000 })).toEqual(['= none_admitted 4000']);
  });

  test('tells how long a model cools, whatever its provider asked for, and nothing of its breaker', () => {
    const cooling = { ...atStart, waitMsOf: () => 5000, coolDownMsOf: () => 5000 };
    expect(stepsOf(planOf(ONE), ['asked'], cooling)).toEqual(['a/1', 'a/1 recovery 5000']);
    const hurried = { ...cooling, deadlineMs: 2000 };
    expect(stepsOf(planOf(ONE), ['asked'], hurried)).toEqual(['a/1', '= exhausted 5000']);
    expect(stepsOf(planOf(ONE), ['asked 500'], hurried)).toEqual(['a/1', '= exhausted 5000']);
    expect(stepsOf(planOf(ONE), ['asked 0'], hurried)).toEqual(['a/1', '= exhausted 5000']);
    const leased = { ...hurried, waitMsOf: () => 9000, coolDownMsOf: () => 0 };
    expect(stepsOf(planOf(ONE), ['asked 3000'], leased)).toEqual(['a/1', '= exhausted 3000']);
  });

  test('waits for all of its time for a model that another call tries, however long that may take', () => {
    const hurried = { ...atStart, deadlineMs: 2000, waitMsOf: () => 30_000 };
    expect(stepsOf(planOf(ONE), ['shut 30000'], hurried)).toEqual(['a/1', '= none_admitted 30000']);
    expect(stepsOf(planOf(ONE), ['probed 30000'], hurried)).toEqual(['a/1', 'a/1 recovery 250']);
    expect(stepsOf(planOf(TWO), ['probed 30000', 'broken'], hurried)).toEqual([
      ...['a/1', 'b/1', '= exhausted 30000'],
    ]);
    expect(stepsOf(planOf(ONE), ['probed 30000'], { ...hurried, deadlineMs: 200 })).toEqual([
      ...['a/1', '= none_admitted 30000'],
    ]);
  });

  test('sits out what a provider asked for, and looks sooner at what may end sooner', () => {
    const waiting = (end: string) =>
      nextStep(advance(beginWalk(planOf(ONE), true, 0), 'a/1', outcomeOf(end), atStart), atStart);
    expect(waiting('asked 5000')).toMatchObject({ pause: { ms: 5000, floorMs: 5000 } });
    expect(waiting('limited 5000')).toMatchObject({ pause: { ms: 5000, floorMs: 1000 } });
    expect(waiting('shut 1')).toMatchObject({ pause: { ms: 50, floorMs: 50 } });
  });

  test('ends when its time has ended or its caller has left, but says how it ended before that', () => {
    const walk = beginWalk(planOf(TWO), true, 0);
    const late = { ...atStart, nowMs: 60_000 };
    expect(nextStep(walk, late)).toEqual({ kind: 'end', end: { kind: 'deadline' } });
    expect(nextStep(walk, { ...late, isCancelled: true })).toEqual({
      kind: 'end',
      end: { kind: 'cancelled' },
    });
    const over = advance(walk, 'a/1', outcomeOf('filtered'), atStart);
    expect(nextStep(over, { ...late, isCancelled: true })).toMatchObject({ end: { kind: 'refused' } });
  });

  test('knows its last attempt by the count and by the candidates', () => {
    const [first] = all.ranked;
    const isLast = (keys: readonly string[], most: number) =>
      isLastAttempt(beginWalk(planOf(keys, most), true, 0), first!);
    expect([isLast(FOUR, 2), isLast(FOUR, 1), isLast(ONE, 3)]).toEqual([false, true, true]);
  });

  test('never makes more calls than it may, whatever fails, and comes back only to whom it waits for', () => {
    const word = fc.constantFrom(
      'asked 10',
      'busy',
      'busy 10',
      'broken',
      'denied',
      'long',
      'invalid',
      'shut 10',
    );
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        (ends, most) => {
          const steps = stepsOf(planOf(FOUR, most), ends);
          const calls = steps.filter((step) => !step.startsWith('='));
          const sent = ends.slice(0, calls.length).filter((end) => !end.startsWith('shut'));
          expect(sent.length).toBeLessThanOrEqual(most);
          const atOnce = calls.filter((step) => !step.includes(' '));
          expect(new Set(atOnce).size).toBe(atOnce.length);
          for (const [index, step] of calls.entries())
            if (step.includes('backoff'))
              expect(step.startsWith(calls[index - 1]!.split(' ')[0]!)).toBe(true);
        },
      ),
    );
  });
});
