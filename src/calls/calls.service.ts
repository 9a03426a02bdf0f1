import type { Breakers } from '../breakers/breaker.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Estimates } from '../estimates/estimates.service.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import type { ProviderFactory } from '../providers/provider.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { createAdmission } from './admission.service.ts';
import { createDownConfirmation, type DownConfirmation } from './confirm-down.service.ts';
import { createFirstFailures } from './first-failure.service.ts';
import { createGuardedCall } from './guarded-call.service.ts';
import type { GuardedCall } from './guarded-call.ts';
import { createGuardedStream } from './guarded-stream.service.ts';
import type { GuardedStream } from './guarded-stream.ts';
import { createProbeCall, type ProbeCall, type SentProbe } from './probe-call.service.ts';
import { createRecoveryProbes, type RecoveryProbes } from './recovery-probe.service.ts';

/** Every way to a provider: all of them guarded alike, by breakers and limits, and all of them learned from. */
export interface Calls extends AsyncDisposable {
  readonly call: GuardedCall;
  readonly stream: GuardedStream;
  readonly probe: ProbeCall;
  /** Has the listener called, as long as this lives, for every probe that was sent, whoever wanted it. */
  onProbe(listener: (probe: SentProbe) => void): void;
}

export interface CallsOptions {
  readonly breakers: Pick<Breakers, 'admit' | 'retryAfterMsOf' | 'onProbeWanted'>;
  readonly limits: Pick<ProviderLimits, 'admit' | 'refusalOf' | 'markHardDown' | 'measuresOf'>;
  readonly estimates: Pick<Estimates, 'observe'>;
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
  const { breakers, limits, estimates, providers, catalog, clock, timers, random, log, attemptBaseMs } =
    options;
  const stopping = new AbortController();
  // Calls give rise to suspicions and to the wish for probes, which are calls.
  const onProbed: ((probe: SentProbe) => void)[] = [];
  const late: { confirmation?: DownConfirmation; recovery?: RecoveryProbes } = {};
  const firstFailures = createFirstFailures(log);
  const admission = createAdmission({
    firstFailures,
    breakers,
    limits,
    estimates,
    onFailure: (target, failure) => late.confirmation?.suspect(target, failure),
    onProbeWanted: (key) => late.recovery?.send(key),
  });
  const guard = { admission, providers, clock, timers, log };
  const guardedCall = createGuardedCall(guard);
  const probe = createProbeCall({
    ...{ guardedCall, catalog, random, attemptBaseMs },
    onProbed: (sent) => onProbed.forEach((listener) => listener(sent)),
  });
  const confirmation = createDownConfirmation({
    probe,
    markDown: limits.markHardDown,
    isDown: (key) => limits.measuresOf(key).hardDownMs !== null,
    ...{ catalog, clock, timers },
    log,
    signal: stopping.signal,
  });
  const recovery = createRecoveryProbes({ probe, log, signal: stopping.signal });
  late.confirmation = confirmation;
  late.recovery = recovery;
  breakers.onProbeWanted(recovery.send);
  return {
    call: guardedCall,
    stream: createGuardedStream(guard),
    probe,
    onProbe: (listener) => void onProbed.push(listener),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('The server stops.'));
      await confirmation.settled();
      await recovery.settled();
    },
  };
}
