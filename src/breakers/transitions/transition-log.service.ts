import type { CatalogView } from '../../catalog/catalog-view.ts';
import { splitModelKey } from '../../providers/model-key.ts';
import type { Log } from '../../system/log.ts';
import type { Transition } from '../rule/breaker.ts';

/** Tells the log of every transition once in the fleet: the instance that has made it does. */
export interface TransitionLog {
  /** A breaker of this model has gone from one state to another; `isAlone`: by this instance’s decision alone. */
  tell(key: string, transition: Transition, isAlone: boolean): void;
}

export interface TransitionLogOptions {
  readonly log: Log;
  readonly catalog: () => Pick<CatalogView, 'provider'>;
  /** Whether a model’s breaker keeps calls away. */
  readonly isShut: (key: string) => boolean;
}

/** Also tells when the last model of a provider is out, and when the first one is back. */
export function createTransitionLog({ log, catalog, isShut }: TransitionLogOptions): TransitionLog {
  const providersOut = new Set<string>();

  function tellOfProvider(providerSlug: string): void {
    const models = catalog().provider(providerSlug)?.models ?? [];
    const usable = models.filter(({ facts }) => facts.disabledCause === null);
    const isOut = usable.length > 0 && usable.every(({ key }) => isShut(key));
    if (isOut === providersOut.has(providerSlug)) return;
    if (isOut) {
      providersOut.add(providerSlug);
      log.warn('Every model of a provider is out.', { provider: providerSlug, models: usable.length });
    } else {
      providersOut.delete(providerSlug);
      log.info('A provider whose every model was out is back.', { provider: providerSlug });
    }
  }

  return {
    tell(key, { from, to, mode, reason, actor, generation }, isAlone) {
      const about = { model: key, from, to, mode, reason, generation };
      const fields = { ...about, ...(actor === null ? {} : { actor }), ...(isAlone ? { isAlone } : {}) };
      if (to === 'OPEN') log.warn('A circuit breaker has opened.', fields);
      else if (to === 'CLOSED') log.info('A circuit breaker has closed.', fields);
      else log.info('A circuit breaker lets one call through.', fields);
      const { providerSlug } = splitModelKey(key) ?? {};
      if (providerSlug !== undefined) tellOfProvider(providerSlug);
    },
  };
}
