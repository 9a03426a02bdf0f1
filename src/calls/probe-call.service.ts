import type { CatalogView, ModelView } from '../catalog/catalog-view.ts';
import { billMicroUsd } from '../catalog/prices/price.ts';
import type { Random } from '../system/random.ts';
import { attemptTime } from './attempt-time.ts';
import type { CallOutcome, GuardedCall } from './guarded-call.ts';
import { PROBE_PROMPT_TOKENS, probeRequest } from './probe-request.ts';

/** How a probe is made. */
export interface ProbeTerms {
  readonly signal: AbortSignal;
  /** Made to find out whether a pause or hard-down has to go on: neither holds it back. */
  readonly isTrial?: boolean;
}

/** A probe and how it ended. */
export interface Probe<Outcome extends CallOutcome = CallOutcome> {
  /** A UUID of its own. */
  readonly id: string;
  readonly key: string;
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly outcome: Outcome;
  /** Integer micro-USD of the usage that its provider reported; 0 without any. */
  readonly costMicroUsd: number;
}

/** A probe that was sent. */
export type SentProbe = Probe<Exclude<CallOutcome, { readonly kind: 'refused' }>>;

/**
 * Calls a model with a prompt of our own, guarded like any other call, so that what it shows owes nothing to a
 * tenant's content. Null when the catalog has no such model that can be called.
 */
export type ProbeCall = (key: string, terms: ProbeTerms) => Promise<Probe | null>;

export interface ProbeCallParts {
  readonly guardedCall: GuardedCall;
  readonly catalog: () => CatalogView;
  readonly random: Random;
  /** The base of an attempt's limit, milliseconds. */
  readonly attemptBaseMs: number;
  /** Hears of every probe that was sent, when breaker and limits have. */
  readonly onProbed: (probe: SentProbe) => void;
}

/** Makes probe calls. */
export function createProbeCall(parts: ProbeCallParts): ProbeCall {
  const { guardedCall, catalog, random, attemptBaseMs, onProbed } = parts;
  return async (key, { signal, isTrial = false }) => {
    const found = catalog().model(key);
    const connection = found && catalog().connection(found.model.providerSlug);
    if (found === undefined || connection === undefined || !isCallable(found)) return null;
    const { facts } = found;
    const request = probeRequest(found);
    const { providerSlug, modelSlug } = facts;
    const { outputBudgetTokens } = request;
    const id = random.uuid();
    const outcome = await guardedCall({
      target: {
        providerSlug,
        modelSlug,
        key,
        attemptId: `probe.${id}`,
        time: attemptTime(facts, { outputBudgetTokens, baseMs: attemptBaseMs }),
        estimatedTokens: PROBE_PROMPT_TOKENS + outputBudgetTokens,
        isProbe: true,
        isTrial,
      },
      connection,
      request,
      signal,
    });
    const about = { id, key, providerSlug, modelSlug };
    if (outcome.kind === 'refused') return { ...about, outcome, costMicroUsd: 0 };
    const { usage, startedAt } = outcome.record;
    const cost = usage === null ? 0 : billMicroUsd(found.prices, startedAt, usage);
    const sent: SentProbe = { ...about, outcome, costMicroUsd: cost };
    onProbed(sent);
    return sent;
  };
}

/** A stand-in that no caller would be sent to may be probed all the same. */
function isCallable({ facts }: ModelView): boolean {
  return facts.disabledCause === null || facts.disabledCause === 'stand_in';
}
