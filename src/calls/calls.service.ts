import type { Breakers } from '../breakers/breaker.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { ProviderFactory } from '../providers/provider.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createAdmission } from './admission.service.ts';
import { createDownConfirmation, type DownConfirmation } from './confirm-down.service.ts';
import { createGuardedCall } from './guarded-call.service.ts';
import type { GuardedCall } from './guarded-call.ts';
import { createGuardedStream } from './guarded-stream.service.ts';
import type { GuardedStream } from './guarded-stream.ts';
import { createProbeCall, type ProbeCall } from './probe-call.service.ts';
import { createRecoveryProbes, type RecoveryProbes } from './recovery-probe.service.ts';

/** Every way to a provider: all of them guarded alike, by breakers and limits. */
export interface Calls extends AsyncDisposable {
  readonly call: GuardedCall;
  readonly stream: GuardedStream;
  readonly probe: ProbeCall;
}

export interface CallsOptions {
  readonly breakers: Pick<Breakers, 'admit' | 'retryAfterMsOf'>;
  readonly limits: Pick<ProviderLimits, 'admit' | 'refusalOf' | 'markHardDown'>;
  readonly providers: ProviderFactory;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** The base of an attempt's limit, milliseconds. */
  readonly attemptBaseMs: number;
}

/** Makes the ways to the providers. Disposing ends the probes that nobody waits for. */
export function createCalls(options: CallsOptions): Calls {
  const { breakers, limits, providers, catalog, clock, timers, random, log, attemptBaseMs } = options;
  const stopping = new AbortController();
  // Calls give rise to suspicions and to the wish for probes, which are calls.
  const late: { confirmation?: DownConfirmation; recovery?: RecoveryProbes } = {};
  const admission = createAdmission({
    breakers,
    limits,
    onFailure: (target, failure) => late.confirmation?.suspect(target, failure),
    onProbeWanted: (key) => late.recovery?.send(key),
  });
  const guard = { admission, providers, clock, timers, log };
  const guardedCall = createGuardedCall(guard);
  const probe = createProbeCall({ guardedCall, catalog, random, attemptBaseMs });
  const confirmation = createDownConfirmation({
    probe,
    markDown: limits.markHardDown,
    catalog,
    clock,
    log,
    signal: stopping.signal,
  });
  const recovery = createRecoveryProbes({ probe, log, signal: stopping.signal });
  late.confirmation = confirmation;
  late.recovery = recovery;
  return {
    call: guardedCall,
    stream: createGuardedStream(guard),
    probe,
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('The server stops.'));
      await confirmation.settled();
      await recovery.settled();
    },
  };
}
