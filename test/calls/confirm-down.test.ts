import { describe, expect, it } from 'vitest';
import type { CallTarget } from '../../src/calls/admission.ts';
import { createDownConfirmation } from '../../src/calls/confirm-down.service.ts';
import type { CallOutcome } from '../../src/calls/guarded-call.ts';
import type { FailureClass, ProviderFailure } from '../../src/providers/failure.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { createKeptLog } from '../support/logs/kept-log.ts';

const target: CallTarget = {
  ...{ providerSlug: 'acme', modelSlug: 'model', key: 'acme/model', attemptId: 'd.1' },
  time: { timeoutMs: 1000, limit: 'own', expectedMs: 100, fullAnswerMs: 100 },
  estimatedTokens: 500,
};
const failureOf = (failureClass: FailureClass, httpStatus?: number): ProviderFailure => ({
  failureClass,
  message: 'scripted',
  ...(httpStatus === undefined ? {} : { httpStatus }),
});

/** A confirmation whose probes end as told; probes and marks in order. */
function prepare(probed: ProviderFailure | 'answer' | 'refused') {
  const { clock, timers, advance } = createManualTime();
  const stopping = new AbortController();
  const probes: string[] = [];
  const marks: unknown[] = [];
  const log = createKeptLog();
  const down = { current: true };
  const confirmation = createDownConfirmation({
    probe(key) {
      probes.push(key);
      const outcome = typeof probed === 'object' ? { kind: 'failed', failure: probed } : { kind: probed };
      const about = { id: 'p1', key, providerSlug: 'acme', modelSlug: 'model', costMicroUsd: 0 };
      return Promise.resolve({ ...about, outcome: outcome as CallOutcome });
    },
    markDown: (scope, catalogVersion) => void marks.push([scope, catalogVersion]),
    catalog: () => ({ version: 7 }),
    isDown: () => down.current,
    ...{ clock, timers, log, signal: stopping.signal },
  });
  return { confirmation, probes, marks, advance, stopping, log, down };
}

describe('what cannot be called at all', () => {
  it.each([
    ['QUOTA_EXHAUSTED', 402, null],
    ['AUTH', 401, null],
    ['AUTH', 400, null],
    ['AUTH', 403, 'model'],
    ['MODEL_NOT_FOUND', 404, 'model'],
  ] as const)(
    '%s (%d) is put out of service once a probe has met the same',
    async (kind, status, modelSlug) => {
      const failure = failureOf(kind, status);
      const { confirmation, probes, marks } = prepare(failure);
      confirmation.suspect(target, failure);
      await confirmation.settled();
      expect(probes).toEqual(['acme/model']);
      expect(marks).toEqual([[{ providerSlug: 'acme', modelSlug }, 7]]);
    },
  );

  it.each(['answer', failureOf('CONTENT_FILTER'), failureOf('SERVER_ERROR', 500), 'refused'] as const)(
    'stays in service when the probe does not meet the same, and is not suspected again for a minute',
    async (probed) => {
      const { confirmation, probes, marks, advance } = prepare(probed);
      const suspect = async () => {
        confirmation.suspect(target, failureOf('MODEL_NOT_FOUND', 404));
        await confirmation.settled();
      };
      await suspect();
      await advance(59_999);
      await suspect();
      expect(probes).toHaveLength(1);
      await advance(1);
      await suspect();
      expect(probes).toHaveLength(2);
      expect(marks).toEqual([]);
    },
  );

  it.each([
    'TIMEOUT',
    'CONNECTION',
    'SERVER_ERROR',
    'RATE_LIMITED',
    'CONTENT_FILTER',
    'INVALID_REQUEST',
    'CANCELLED',
  ] as const)('%s raises no suspicion', async (kind) => {
    const { confirmation, probes } = prepare('answer');
    confirmation.suspect(target, failureOf(kind));
    await confirmation.settled();
    expect(probes).toEqual([]);
  });

  it('is probed once for many calls that meet it together, and for a probe of the monitor that does', async () => {
    const failure = failureOf('AUTH', 401);
    const { confirmation, probes } = prepare(failure);
    for (let call = 0; call < 10; call += 1) confirmation.suspect(target, failure);
    confirmation.suspect({ ...target, key: 'acme/other', isProbe: true }, failure);
    await confirmation.settled();
    expect(probes).toEqual(['acme/model', 'acme/other']);
  });

  it('is told to the log when it begins and when it is over, a line each', async () => {
    const failure = failureOf('AUTH', 401);
    const { confirmation, advance, log, down } = prepare(failure);
    confirmation.suspect(target, failure);
    await confirmation.settled();
    await advance(60_000);
    down.current = false;
    await advance(60_000);
    expect(log.lines).toEqual([
      'warn: Out of service, as a probe has confirmed.',
      'info: In service again: it may be called.',
    ]);
  });

  it('is not looked into by an instance that stops', async () => {
    const { confirmation, probes, stopping } = prepare('answer');
    stopping.abort();
    confirmation.suspect(target, failureOf('AUTH', 401));
    await confirmation.settled();
    expect(probes).toEqual([]);
  });
});
