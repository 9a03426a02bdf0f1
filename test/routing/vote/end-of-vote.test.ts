import { expect, test } from 'vitest';
import type { FailureClass } from '../../../src/providers/failure.ts';
import { planVote } from '../../../src/routing/plan/plan-vote.ts';
import {
  endOfOne,
  endOfVote,
  type CastBallot,
  type VoteMoment,
} from '../../../src/routing/vote/end-of-vote.ts';
import { seatsOf } from '../../../src/routing/vote/seats.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';

const models = ['a/m', 'b/m', 'c/m', 'd/m'].map((key, index) =>
  candidate(key, { atsBps: 9000 - 500 * index, outputMicroUsdPerMillionTokens: (index + 1) * 1_000_000 }),
);
const plan = planVote({
  ...planInput(models, { rules: { costWeightPct: 0, qualityWeightPct: 85 } }),
  voters: 2,
});
const [ranked] = plan.ranked;

const cast = (outcome: object): CastBallot => ({
  ranked: ranked!,
  outcome: outcome as CastBallot['outcome'],
});
const says = (text: string) => cast({ kind: 'answered', answer: { text, toolCalls: [] } });
const fails = (failureClass: FailureClass, retryAfterMs: number | null = null) =>
  cast({ kind: 'failed', failure: { failureClass, message: 'It failed.', retryAfterMs } });
const moment: VoteMoment = { isJson: false, isCancelled: false };

test.each<[string, CastBallot[], Partial<VoteMoment>, object]>([
  [
    'some answers',
    [says('a'), fails('SERVER_ERROR')],
    {},
    { kind: 'voted', agreement: null, modelKey: 'a/m' },
  ],
  ['an answer, and one cut by the deadline', [says('a'), fails('DEADLINE')], {}, { kind: 'voted' }],
  ['a caller that left', [says('a'), fails('CANCELLED')], { isCancelled: true }, { kind: 'cancelled' }],
  [
    'a caller that left after the last answer',
    [says('a'), says('a')],
    { isCancelled: true },
    { kind: 'voted', agreement: 1 },
  ],
  [
    'failures alone',
    [fails('SERVER_ERROR'), fails('RATE_LIMITED', 50)],
    {},
    { kind: 'exhausted', retryAfterMs: 50 },
  ],
  [
    'a request that all find invalid',
    [fails('INVALID_REQUEST')],
    {},
    { kind: 'exhausted', retryAfterMs: null },
  ],
  ['failures, one by the deadline', [fails('SERVER_ERROR'), fails('DEADLINE')], {}, { kind: 'deadline' }],
  ['nobody, past the deadline', [], {}, { kind: 'deadline' }],
  ['nobody, without a caller', [], { isCancelled: true }, { kind: 'cancelled' }],
])('a vote of %s ends so', (_what, ballots, changes, end) => {
  expect(endOfVote(ballots, { ...moment, ...changes })).toMatchObject(end);
});

test('a vote of one voter ends as its call does, but for what only a call for one answer is told', () => {
  const { answer } = says('a').outcome as Extract<CastBallot['outcome'], { kind: 'answered' }>;
  expect(endOfOne({ kind: 'answered', answer, modelKey: 'a/m' })).toEqual({
    ...{ kind: 'voted', answers: [answer], agreement: null, modelKey: 'a/m' },
  });
  const refused = { kind: 'refused', failureClass: 'CONTENT_FILTER', message: 'No.' } as const;
  expect(endOfOne(refused)).toEqual({ kind: 'exhausted', retryAfterMs: null });
  const none = { kind: 'none_admitted', retryAfterMs: 70 } as const;
  expect(endOfOne(none)).toBe(none);
});

test('whom admission refuses is replaced by the next in rank whose cost fits, and nobody is named twice', () => {
  const keyOf = (seat: { candidate: { key: string } } | undefined) => seat?.candidate.key;
  const free = seatsOf(plan, Infinity);
  expect(free.voters.map(keyOf)).toEqual(['a/m', 'b/m']);
  expect([keyOf(free.replace(free.voters[0]!)), keyOf(free.replace(free.voters[1]!))]).toEqual([
    'c/m',
    'd/m',
  ]);
  expect(free.replace(plan.ranked[2]!)).toBeUndefined();
  const sum = plan.ranked.slice(1, 3).reduce((cost, { estimates }) => cost + estimates.costMicroUsd, 0);
  const bound = seatsOf(plan, sum);
  expect(keyOf(bound.replace(bound.voters[0]!))).toBe('c/m');
  expect(bound.replace(plan.ranked[2]!)).toBeUndefined();
});
