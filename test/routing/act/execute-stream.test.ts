import { describe, expect, test } from 'vitest';
import type { Admission } from '../../../src/calls/admission.ts';
import { createGuardedStream } from '../../../src/calls/guarded-stream.service.ts';
import type { ModelView } from '../../../src/catalog/catalog-view.ts';
import type { FailureClass } from '../../../src/providers/failure.ts';
import type { ProviderFactory, StreamPart } from '../../../src/providers/provider.ts';
import { createStreamExecutor } from '../../../src/routing/act/execute-stream.service.ts';
import type { Candidate } from '../../../src/routing/plan/plan-input.ts';
import type { RoutingPolicy } from '../../../src/policies/policy.ts';
import { createWaitingRoom } from '../../../src/routing/act/waiting-room.service.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import {
  answered,
  failed,
  forever,
  progress,
  scriptedStream,
  type Step,
} from '../../calls/scripted-parts.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { openAdmission } from '../../calls/open-admission.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { candidate, planInput } from '../plan/plan-inputs.ts';
import { routedCall } from './routed-calls.ts';

const candidates = [
  candidate('a/first', { atsBps: 9900 }),
  candidate('b/second', { atsBps: 8500 }),
  candidate('c/third', { atsBps: 7000 }),
];

interface Setting {
  /** What each call of a model streams, in order; after that it answers. */
  readonly streams?: Readonly<Record<string, readonly (readonly Step[])[]>>;
  readonly rules?: Partial<RoutingPolicy>;
  readonly among?: readonly Candidate[];
  readonly admission?: Admission;
  /** What the catalog says of every model. */
  readonly firstTokenTimeoutMs?: number | null;
  readonly wants?: 'text' | 'all';
  /** What the caller does when text comes. */
  readonly onText?: (leave: (reason: unknown) => void) => void;
}

const good: readonly Step[] = [10, 'Hel', 10, 'lo.', answered()];

/** An executor over providers that stream as told; a log of what it told its sink and its providers. */
function setUp(setting: Setting = {}) {
  const { streams = {}, rules = {}, among = candidates, admission = openAdmission } = setting;
  const { clock, timers, advance, pending } = createManualTime();
  const told: string[] = [];
  const calls: { readonly key: string; readonly atMs: number }[] = [];
  const queues = new Map(Object.entries(streams).map(([key, queue]) => [key, [...queue]]));
  const providers: ProviderFactory = {
    provider: ({ slug }) =>
      Promise.resolve({
        call: () => Promise.reject(new Error('this executor streams')),
        stream(request, signal) {
          const key = `${slug}/${request.modelSlug}`;
          calls.push({ key, atMs: clock.monotonicMs() });
          return scriptedStream(timers, queues.get(key)?.shift() ?? good)(request, signal);
        },
      }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { firstTokenTimeoutMs = null } = setting;
  const execute = createStreamExecutor({
    clock,
    timers,
    waitingRoom: createWaitingRoom({
      ...{ timers, waitMsOf: () => 0, isShut: () => false, onBreaker: () => {} },
      places: { wait: () => Promise.reject(new Error('nobody asked for a place')) },
    }),
    coolDownMsOf: () => 0,
    attemptBaseMs: 30_000,
    firstTokenTimeoutMs: 10_000,
    stallTimeoutMs: 15_000,
    guardedStream: createGuardedStream({ admission, providers, clock, timers, log: silentLog }),
    random: { ...createNodeRandom(clock.now), next: () => 0.5 },
  });
  const model = { model: { firstTokenTimeoutMs } } as ModelView;
  const call = routedCall(planInput(among, { rules }), { model: () => model });
  const run = async () => {
    const execution = execute(call, {
      attemptStarted: (position, { key }) => void told.push(`${position} ${key}`),
      wants: setting.wants ?? 'text',
      piece: async (piece) => {
        told.push(piece.kind === 'text' ? piece.text : piece.kind);
        setting.onText?.(call.abort);
      },
    });
    await advance(200_000);
    expect(pending()).toBe(0);
    return execution;
  };
  return { run, told, calls };
}

const statuses = (attempts: readonly { readonly failureClass: FailureClass | null }[]) =>
  attempts.map(({ failureClass }) => failureClass);

describe('the executor of streams', () => {
  test('tells the attempt, then its text, and answers with what it really used', async () => {
    const { run, told } = setUp();
    const { end, attempts } = await run();
    expect(told).toEqual(['1 a/first', 'Hel', 'lo.']);
    expect(end).toMatchObject({ kind: 'answered', modelKey: 'a/first', answer: { text: 'Hello.' } });
    expect(attempts).toMatchObject([
      { position: 1, status: 'ok', costMicroUsd: 1250, timeToFirstTokenMs: 10, latencyMs: 20 },
    ]);
  });

  const failovers: readonly [string, readonly Step[], FailureClass, number][] = [
    ['says nothing', [forever], 'TIMEOUT', 10_000],
    ['stalls as it thinks', [5_000, progress, forever], 'TIMEOUT', 20_000],
    ['breaks before its first text', [progress, 40, failed('MALFORMED')], 'MALFORMED', 40],
    ['is rate-limited', [5, failed('RATE_LIMITED', { httpStatus: 429 })], 'RATE_LIMITED', 5],
    ['thinks its budget away', [progress, 5, failed('EMPTY_OUTPUT')], 'EMPTY_OUTPUT', 5],
  ];
  test.each(failovers)('falls back from a model that %s', async (_what, steps, failureClass, atMs) => {
    const { run, told, calls } = setUp({ streams: { 'a/first': [steps] } });
    const { end, attempts } = await run();
    expect(calls).toEqual([
      { key: 'a/first', atMs: 0 },
      { key: 'b/second', atMs },
    ]);
    expect(told).toEqual(['1 a/first', '2 b/second', 'Hel', 'lo.']);
    expect(statuses(attempts)).toEqual([failureClass, null]);
    expect(end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
  });

  const thought: StreamPart = { kind: 'reasoning', text: 'Hm.' };
  const called: StreamPart = { kind: 'tool_call', index: 0, id: 'call_1', name: 'look' };

  test.each([
    ['a thought', thought],
    ['the beginning of a tool call', called],
  ])('tries nothing more after %s was handed on', async (_what, step) => {
    const { run, told } = setUp({
      wants: 'all',
      streams: { 'a/first': [[10, step, failed('SERVER_ERROR')]] },
    });
    const { end, attempts } = await run();
    expect(told).toEqual(['1 a/first', step.kind]);
    expect(statuses(attempts)).toEqual(['SERVER_ERROR']);
    expect(end).toMatchObject({ kind: 'interrupted', failureClass: 'SERVER_ERROR', deliveredText: '' });
  });

  test('falls back after thoughts and tool calls for a caller that takes text alone', async () => {
    const { run, told } = setUp({ streams: { 'a/first': [[10, thought, called, failed('MALFORMED')]] } });
    const { end } = await run();
    expect(told).toEqual(['1 a/first', '2 b/second', 'Hel', 'lo.']);
    expect(end).toMatchObject({ kind: 'answered', modelKey: 'b/second' });
  });

  test('lets a model that reasons pause for longer than text may, after a thought was handed on', async () => {
    const { run } = setUp({
      wants: 'all',
      among: [candidate('a/first', { capabilities: ['STREAMING', 'REASONING'], reasoningTokenFloor: 1 })],
      streams: { 'a/first': [[10, thought, 25_000, 'Yes.', answered('Yes.')]] },
    });
    const { end } = await run();
    expect(end).toMatchObject({ kind: 'answered' });
  });

  test('retries a server error once on the same model while no text has come', async () => {
    const down = [failed('SERVER_ERROR', { httpStatus: 500 })];
    const { run, told } = setUp({ streams: { 'a/first': [down] } });
    expect((await run()).end).toMatchObject({ kind: 'answered', modelKey: 'a/first' });
    expect(told).toEqual(['1 a/first', '2 a/first', 'Hel', 'lo.']);
  });

  const breaks: readonly [string, readonly Step[], FailureClass][] = [
    ['is cut', ['Hel', 10, failed('MALFORMED')], 'MALFORMED'],
    ['stalls', ['Hel', forever], 'TIMEOUT'],
    ['loses its connection', ['Hel', 10, failed('CONNECTION')], 'CONNECTION'],
    ['fails on the provider’s side', ['Hel', 10, failed('SERVER_ERROR')], 'SERVER_ERROR'],
    ['is rate-limited', ['Hel', 10, failed('RATE_LIMITED', { retryAfterMs: 500 })], 'RATE_LIMITED'],
    ['is filtered', ['Hel', 10, failed('CONTENT_FILTER')], 'CONTENT_FILTER'],
    [
      'outlives the caller’s time',
      ['Hel', ...Array.from({ length: 20 }, () => [10_000, progress]).flat()],
      'DEADLINE',
    ],
  ];
  test.each(breaks)(
    'ends and calls nobody else when a stream %s after its first text',
    async (_what, steps, failureClass) => {
      const { run, told, calls } = setUp({
        streams: { 'a/first': [steps] },
        among: [candidate('a/first', { atsBps: 9900, attemptTimeoutMs: 600_000 }), candidates[1]!],
        rules: failureClass === 'DEADLINE' ? { fallbackEnabled: false } : {},
      });
      const { end, attempts } = await run();
      expect(end).toMatchObject({ kind: 'interrupted', failureClass, deliveredText: 'Hel' });
      expect((end as { message: string }).message).toMatch(/^The stream broke after its first token: ./);
      expect(told).toEqual(['1 a/first', 'Hel']);
      expect(calls).toHaveLength(1);
      expect(statuses(attempts)).toEqual([failureClass]);
    },
  );

  test('is interrupted by the fallback’s failure once the fallback has spoken', async () => {
    const { run, told } = setUp({
      streams: { 'a/first': [[forever]], 'b/second': [['Wor', failed('MALFORMED')]] },
    });
    expect((await run()).end).toMatchObject({ kind: 'interrupted', deliveredText: 'Wor' });
    expect(told).toEqual(['1 a/first', '2 b/second', 'Wor']);
  });

  test('waits for a model that reasons as long as its attempt may take, unless the catalog says otherwise', async () => {
    const among = [
      candidate('a/first', { atsBps: 9900, capabilities: ['STREAMING', 'REASONING'] }),
      candidates[1]!,
    ];
    const streams = { 'a/first': [[25_000, 'Hel', 'lo.', answered()]] };
    expect((await setUp({ among, streams }).run()).end).toMatchObject({ modelKey: 'a/first' });
    const limited = setUp({ among, streams, firstTokenTimeoutMs: 20_000 });
    expect((await limited.run()).end).toMatchObject({ modelKey: 'b/second' });
    expect(limited.calls.map(({ atMs }) => atMs)).toEqual([0, 20_000]);
  });

  test('takes a first-token limit of the catalog’s before the general one', async () => {
    const { run, calls } = setUp({ streams: { 'a/first': [[forever]] }, firstTokenTimeoutMs: 700 });
    await run();
    expect(calls.map(({ atMs }) => atMs)).toEqual([0, 700]);
  });

  test('is cancelled, not interrupted, when the caller leaves after the first text', async () => {
    const { run, calls } = setUp({
      streams: { 'a/first': [['Hel', forever]] },
      onText: (leave) => leave(new Error('gone')),
    });
    const { end, attempts } = await run();
    expect(end).toEqual({ kind: 'cancelled' });
    expect(attempts).toMatchObject([{ status: null, failureClass: 'CANCELLED' }]);
    expect(calls).toHaveLength(1);
  });

  test('tells of no attempt that admission refused', async () => {
    const admission: Admission = {
      admit: (target) =>
        target.key === 'a/first'
          ? { admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 900 }
          : openAdmission.admit(target),
    };
    const { run, told } = setUp({ admission });
    await run();
    expect(told).toEqual(['1 b/second', 'Hel', 'lo.']);
  });
});
