import { costMicroUsd, pricesFor, type PaidTokens, type PriceTable } from '../catalog/prices/price.ts';
import type { CatalogView, ModelView } from '../catalog/catalog-view.ts';
import { PROBE_PROMPT_TOKENS, probeBudgetTokens } from '../calls/probe-request.ts';

/** A model that the monitor looks after. */
export interface ProbeTarget {
  readonly key: string;
  readonly providerSlug: string;
  readonly modelSlug: string;
  /** The most that one probe can cost, integer micro-USD: the prompt and the whole output budget. */
  readonly mostMicroUsd: number;
  /** What the catalog says of its interval, milliseconds; null: nothing. */
  readonly ownIntervalMs: number | null;
}

/** The models that could be called, by key: those are probed, and no others. */
export function probeTargets(catalog: Pick<CatalogView, 'models'>): readonly ProbeTarget[] {
  return catalog.models.filter(({ facts }) => facts.disabledCause === null).map(targetOf);
}

/** By the dearest of all lists: the day on which a new one comes into force changes no catalog. */
function mostOf(prices: PriceTable, tokens: PaidTokens): number {
  return Math.max(...prices.map(({ list }) => costMicroUsd(pricesFor(list, tokens.inputTokens), tokens)));
}

function targetOf({ key, model, facts, prices }: ModelView): ProbeTarget {
  return {
    key,
    providerSlug: facts.providerSlug,
    modelSlug: facts.modelSlug,
    mostMicroUsd: mostOf(prices, {
      inputTokens: PROBE_PROMPT_TOKENS,
      outputTokens: probeBudgetTokens(facts),
    }),
    ownIntervalMs: model.probeIntervalMs,
  };
}
