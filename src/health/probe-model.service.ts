import type { Refusal } from '../calls/admission.ts';
import type { Calls } from '../calls/calls.service.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import { disabledSentences } from '../catalog/disabled-sentences.ts';
import type { ProviderLimits } from '../limits/provider-limits.service.ts';
import { modelKey } from '../providers/model-key.ts';
import type { Clock } from '../system/clock.ts';
import { NotFoundError, UnavailableError } from '../system/expected-error.ts';
import type { CheckWriter } from './check-writer.service.ts';
import { checkOf, type HealthCheck } from './health-check.ts';

/** What a good probe has put an end to. */
export type Lifted = 'RATE_LIMITED' | 'HARD_DOWN';

/** What an operator's probe has shown. */
export interface ModelProbe {
  readonly check: HealthCheck;
  /** When it ended, by the wall clock: milliseconds since the epoch. */
  readonly probedAt: number;
  readonly lifted: readonly Lifted[];
}

/** Has a model probed because an operator wants to know. */
export interface ModelProbes {
  /**
   * Sends one probe now, which neither a pause nor a hard-down of the model holds back; a good one puts an end to both,
   * on every instance. Throws NotFoundError, and UnavailableError when nothing may or can be sent: its breaker is open,
   * its provider's configured allowance is used up, it has no credential or is out of use, or the server stops.
   */
  probe(
    model: { readonly providerSlug: string; readonly modelSlug: string },
    signal: AbortSignal,
  ): Promise<ModelProbe>;
}

export interface ModelProbesOptions {
  readonly calls: Pick<Calls, 'probe'>;
  readonly limits: Pick<ProviderLimits, 'measuresOf' | 'lift'>;
  readonly catalog: () => Pick<CatalogView, 'model'>;
  readonly writer: Pick<CheckWriter, 'flush'>;
  readonly clock: Clock;
}

/** Nobody can say when an operator changes what stands in the way. */
const UNTIL_CHANGED_MS = 2 ** 31 - 1;

/** Has probes sent by this instance. */
export function createModelProbes(options: ModelProbesOptions): ModelProbes {
  const { calls, limits, catalog, writer, clock } = options;

  function lift(key: string, providerSlug: string, modelSlug: string): readonly Lifted[] {
    const { coolDownMs, hardDownMs } = limits.measuresOf(key);
    const lifted: Lifted[] = [];
    if (coolDownMs !== null) lifted.push('RATE_LIMITED');
    if (hardDownMs !== null) lifted.push('HARD_DOWN');
    if (lifted.length === 0) return lifted;
    limits.lift({ providerSlug, modelSlug });
    // A model that answers has a provider that takes the key.
    if (hardDownMs !== null) limits.lift({ providerSlug, modelSlug: null });
    return lifted;
  }

  return {
    async probe({ providerSlug, modelSlug }, signal) {
      const key = modelKey(providerSlug, modelSlug);
      const found = catalog().model(key);
      if (found === undefined) throw new NotFoundError(`There is no model ${key}.`);
      const made = await calls.probe(key, { signal, isTrial: true });
      if (made === null) {
        const cause = found.facts.disabledCause;
        const why = cause === null ? 'It has just been changed.' : disabledSentences[cause];
        throw new UnavailableError(`${key} cannot be called. ${why}`, UNTIL_CHANGED_MS);
      }
      const { outcome } = made;
      if (outcome.kind === 'refused') throw refused(key, outcome.refusal);
      const check = checkOf({ ...made, outcome }, clock.monotonicMs());
      if (check === null) throw new UnavailableError('The probe was cut short.', 0);
      const lifted = outcome.kind === 'answered' ? lift(key, providerSlug, modelSlug) : [];
      // Who is answered can read it; while the database is away it is written later.
      await writer.flush().catch(() => undefined);
      return { check, probedAt: clock.now(), lifted };
    },
  };
}

function refused(key: string, { reason, retryAfterMs }: Refusal): UnavailableError {
  const why =
    reason === 'BREAKER_OPEN'
      ? 'Its circuit breaker lets nothing through: its own probe follows, or reset it.'
      : 'Its provider’s configured allowance is used up.';
  return new UnavailableError(`${key} was not probed. ${why}`, retryAfterMs ?? UNTIL_CHANGED_MS);
}
