import type { CatalogView, ModelView } from '../catalog/catalog-view.ts';
import type { ProviderRequest } from '../providers/provider.ts';
import type { Random } from '../system/random.ts';
import { attemptTime } from './attempt-time.ts';
import type { CallOutcome, GuardedCall } from './guarded-call.ts';

/**
 * Calls a model with a prompt of our own, guarded like any other call, so that what it shows owes nothing to a
 * tenant's content. Null when the catalog has no such model that can be called.
 */
export type ProbeCall = (key: string, signal: AbortSignal) => Promise<CallOutcome | null>;

/** Answer tokens that a probe asks for: some endpoints refuse fewer. A reasoning model's floor comes on top. */
const PROBE_TOKENS = 16;

const PROMPT = 'Reply with the word OK.';

/** Tokens that the prompt takes, roughly. */
const PROMPT_TOKENS = 16;

export interface ProbeCallParts {
  readonly guardedCall: GuardedCall;
  readonly catalog: () => CatalogView;
  readonly random: Random;
  /** The base of an attempt's limit, milliseconds. */
  readonly attemptBaseMs: number;
}

/** Makes probe calls. */
export function createProbeCall(parts: ProbeCallParts): ProbeCall {
  const { guardedCall, catalog, random, attemptBaseMs } = parts;
  return (key, signal) => {
    const found = catalog().model(key);
    const connection = found && catalog().connection(found.model.providerSlug);
    if (found === undefined || connection === undefined || !isCallable(found)) return Promise.resolve(null);
    const { facts } = found;
    const request = probeRequest(found);
    const { providerSlug, modelSlug } = facts;
    const { outputBudgetTokens } = request;
    return guardedCall({
      target: {
        providerSlug,
        modelSlug,
        key,
        attemptId: `probe.${random.uuid()}`,
        time: attemptTime(facts, { outputBudgetTokens, baseMs: attemptBaseMs }),
        estimatedTokens: PROMPT_TOKENS + outputBudgetTokens,
        isProbe: true,
      },
      connection,
      request,
      signal,
    });
  };
}

/** A stand-in that no caller would be sent to may be probed all the same. */
function isCallable({ facts }: ModelView): boolean {
  return facts.disabledCause === null || facts.disabledCause === 'stand_in';
}

function probeRequest({ facts }: ModelView): ProviderRequest {
  const floor = facts.reasoningTokenFloor ?? 0;
  return {
    modelSlug: facts.modelSlug,
    messages: [{ role: 'user', parts: [{ type: 'text', text: PROMPT }] }],
    outputBudgetTokens: Math.min(floor + PROBE_TOKENS, facts.maxOutputTokens),
    tools: [],
    responseFormat: { type: 'text' },
  };
}
