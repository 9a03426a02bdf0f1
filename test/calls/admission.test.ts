import { silentLog } from '../support/logs/silent-log.ts';
import { createFirstFailures } from '../../src/calls/first-failure.service.ts';
import { describe, expect, it } from 'vitest';
import type { BreakerPermit, BreakerRefusal } from '../../src/breakers/breaker.service.ts';
import { createAdmission } from '../../src/calls/admission.service.ts';
import type { CallTarget, Permit, Settlement } from '../../src/calls/admission.ts';
import type { LimitRefusal } from '../../src/limits/limit-board.ts';
import type { LimitPermit } from '../../src/limits/provider-limits.service.ts';
import type { ProviderFailure } from '../../src/providers/failure.ts';

const target: CallTarget = {
  ...{ providerSlug: 'acme', modelSlug: 'model', key: 'acme/model', attemptId: 'd.1' },
  time: { timeoutMs: 1000, limit: 'own', expectedMs: 100, fullAnswerMs: 100 },
  estimatedTokens: 500,
};
const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 0 };
const success: Settlement = {
  signal: 'success',
  failure: null,
  headers: {},
  usage,
  ...{ latencyMs: 80, timeToFirstTokenMs: null },
};
const busy: ProviderFailure = { failureClass: 'RATE_LIMITED', message: 'busy', retryAfterMs: 2000 };

type Leave = BreakerPermit | BreakerRefusal;

/** An admission of which both sides answer as told, and what each was told in turn. */
function prepare({
  breaker = true,
  limit = true,
  foreseen = null,
  shutForMs = null,
}: {
  breaker?: Leave | Promise<Leave> | true;
  limit?: LimitRefusal | true;
  foreseen?: LimitRefusal | null;
  shutForMs?: number | null;
} = {}) {
  const told: unknown[] = [];
  const leave: BreakerPermit = {
    admitted: true,
    settle: (signal, retryAfterMs) => void told.push(['breaker', signal, retryAfterMs]),
  };
  const allowance: LimitPermit = {
    admitted: true,
    settle: ({ failure }) => void told.push(['limits', failure?.failureClass ?? null]),
  };
  const admission = createAdmission({
    firstFailures: createFirstFailures(silentLog),
    breakers: {
      admit() {
        told.push(['asks breaker']);
        return breaker === true ? leave : breaker;
      },
      retryAfterMsOf: () => shutForMs,
    },
    limits: {
      refusalOf: () => foreseen,
      admit(call) {
        told.push(['asks limits', call.key]);
        return limit === true ? allowance : limit;
      },
    },
    estimates: {
      observe: ({ key, signal, latencyMs, outputTokens }) =>
        void told.push(['estimates', key, signal, latencyMs, outputTokens]),
    },
    onFailure: ({ key }, failure) => void told.push(['failure', key, failure.failureClass]),
    onProbeWanted: (key) => void told.push(['probe wanted', key]),
  });
  return { admit: () => admission.admit(target), told, leave };
}

describe('admission', () => {
  it('asks both, and tells both and the estimates how the call ended', () => {
    const { admit, told } = prepare();
    const permit = admit() as Permit;
    permit.settle(success);
    expect(told).toEqual([
      ['asks breaker'],
      ['asks limits', 'acme/model'],
      ['breaker', 'success', null],
      ['limits', null],
      ['estimates', 'acme/model', 'success', 80, 5],
    ]);
  });

  it('asks for a probe where a call has too little time to be it, and says that the model may be back any time', () => {
    const { admit, told } = prepare({ breaker: { admitted: false, retryAfterMs: 700, probe: 'wanted' } });
    expect(admit()).toEqual({
      ...{ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 700 },
      isProbed: true,
    });
    expect(told).toEqual([['asks breaker'], ['probe wanted', 'acme/model']]);
  });

  it('asks for none while another call tries the model, or nobody may', () => {
    const probed = prepare({ breaker: { admitted: false, retryAfterMs: 700, probe: 'under_way' } });
    expect(probed.admit()).toMatchObject({ isProbed: true });
    const open = prepare({ breaker: { admitted: false, retryAfterMs: 700 } });
    expect(open.admit()).not.toHaveProperty('isProbed');
    for (const { told } of [probed, open]) expect(told).toEqual([['asks breaker']]);
  });

  it('does not count a call that the breaker refuses against the provider’s allowance', () => {
    const { admit, told } = prepare({ breaker: { admitted: false, retryAfterMs: 700 } });
    expect(admit()).toEqual({ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 700 });
    expect(told).toEqual([['asks breaker']]);
  });

  it.each([null, 0])('never asks a breaker (%s) for a probe that the limits would refuse', (shutForMs) => {
    const foreseen = { admitted: false, reason: 'HARD_DOWN', retryAfterMs: 1_800_000 } as const;
    const { admit, told } = prepare({ foreseen, shutForMs });
    expect(admit()).toEqual(foreseen);
    expect(told).toEqual([]);
  });

  it('tells of the breaker where both refuse', () => {
    const foreseen = { admitted: false, reason: 'HARD_DOWN', retryAfterMs: 1_800_000 } as const;
    const { admit } = prepare({ foreseen, shutForMs: 700, breaker: { admitted: false, retryAfterMs: 700 } });
    expect(admit()).toEqual({ admitted: false, reason: 'BREAKER_OPEN', retryAfterMs: 700 });
  });

  it.each([
    [900, 900],
    [1_800_000, 1000],
    [null, 1000],
  ])(
    'gives back a probe that the limits refuse (for %s ms) once it is won, for a second at most',
    async (retryAfterMs, restMs) => {
      const won = Promise.withResolvers<Leave>();
      const refusal = { admitted: false, reason: 'RATE_LIMITED', retryAfterMs } as const;
      const { admit, told, leave } = prepare({ breaker: won.promise, limit: refusal });
      const answer = admit();
      won.resolve(leave);
      expect(await answer).toEqual(refusal);
      expect(told.slice(1)).toEqual([
        ['asks limits', 'acme/model'],
        ['breaker', 'neutral', restMs],
      ]);
    },
  );

  it('passes on how long a provider asks to be left alone, and who failed', () => {
    const { admit, told } = prepare();
    (admit() as Permit).settle({ ...success, signal: 'neutral', failure: busy, usage: null });
    expect(told.slice(2)).toEqual([
      ['breaker', 'neutral', 2000],
      ['limits', 'RATE_LIMITED'],
      ['estimates', 'acme/model', 'neutral', 80, null],
      ['failure', 'acme/model', 'RATE_LIMITED'],
    ]);
  });

  it('takes a second settlement of one call for the fault that it is', () => {
    const permit = prepare().admit() as Permit;
    permit.settle(success);
    expect(() => permit.settle(success)).toThrow('settled twice');
  });
});
