import type { CatalogView } from '../catalog/catalog-view.ts';
import type { HardDownScope } from '../limits/hard-down.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import type { CallTarget } from './admission.ts';
import type { ProbeCall } from './probe-call.service.ts';

/**
 * Puts out of service what cannot be called at all: a key that is refused, no money, no such model. A tenant's call
 * only gives rise to the suspicion. It is confirmed by a probe with our own prompt that meets the same, so that
 * what one tenant sends cannot put a model out of service for all.
 */
export interface DownConfirmation {
  /** Looks at how a call failed; returns at once. */
  suspect(target: CallTarget, failure: ProviderFailure): void;
  /** Resolves when no suspicion is being looked into. */
  settled(): Promise<void>;
}

/** How long a suspicion that was not confirmed is not raised again: probes cost money. */
const UNCONFIRMED_MS = 60_000;

/** How often is looked whether it is over. */
const LOOK_MS = 5_000;

export interface DownConfirmationOptions {
  readonly probe: ProbeCall;
  /** Puts it out of service, as found under this version of the catalog. */
  readonly markDown: (scope: HardDownScope, catalogVersion: number) => void;
  /** Whether this model is out of service, or its provider is. */
  readonly isDown: (key: string) => boolean;
  readonly catalog: () => Pick<CatalogView, 'version'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Aborts when the instance stops. */
  readonly signal: AbortSignal;
}

/** Looks into one suspicion of a model at a time, in the background of the calls that raise them. */
export function createDownConfirmation(options: DownConfirmationOptions): DownConfirmation {
  const { probe, markDown, isDown, catalog, clock, timers, log, signal } = options;
  const underWay = new Map<string, Promise<void>>();
  const unconfirmedUntil = new Map<string, number>();

  async function confirm({ key, ...target }: CallTarget, failure: ProviderFailure): Promise<void> {
    const { version } = catalog();
    const outcome = (await probe(key, { signal }))?.outcome;
    const met = outcome?.kind === 'failed' ? outcome.failure : null;
    // What the probe itself has met says how far it goes: a tenant's 401 may be the model's 403 to everybody else.
    const scope = met?.failureClass === failure.failureClass ? scopeOf(target, met) : null;
    if (scope === null) {
      unconfirmedUntil.set(key, clock.monotonicMs() + UNCONFIRMED_MS);
      return;
    }
    log.warn('Out of service, as a probe has confirmed.', { ...scope, failure: failure.failureClass });
    markDown(scope, version);
    tellOfEnd(key, scope);
  }

  /** It ends by its time, by a change of the catalog, or by a good probe that an operator has sent. */
  function tellOfEnd(key: string, scope: HardDownScope): void {
    timers.after(LOOK_MS, () => {
      if (signal.aborted) return;
      if (isDown(key)) tellOfEnd(key, scope);
      else log.info('In service again: it may be called.', { ...scope });
    });
  }

  return {
    suspect(target, failure) {
      const { key } = target;
      if (scopeOf(target, failure) === null || signal.aborted || underWay.has(key)) return;
      if (clock.monotonicMs() < (unconfirmedUntil.get(key) ?? -Infinity)) return;
      const confirming = confirm(target, failure)
        .catch((err: unknown) => log.error('A suspicion could not be looked into.', { key, err }))
        .finally(() => underWay.delete(key));
      underWay.set(key, confirming);
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}

/** What such a failure concerns; null when it puts nothing out of service. */
function scopeOf(
  { providerSlug, modelSlug }: Pick<CallTarget, 'providerSlug' | 'modelSlug'>,
  failure: ProviderFailure,
): HardDownScope | null {
  switch (failure.failureClass) {
    case 'QUOTA_EXHAUSTED':
      return { providerSlug, modelSlug: null };
    case 'AUTH':
      // As in the verdict: 403 may be about one model, any other refusal of a credential is about the provider.
      return { providerSlug, modelSlug: failure.httpStatus === 403 ? modelSlug : null };
    case 'MODEL_NOT_FOUND':
      return { providerSlug, modelSlug };
    default:
      return null;
  }
}
