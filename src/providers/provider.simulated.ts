import type { Clock } from '../system/clock.ts';
import type { Random } from '../system/random.ts';
import type { Timers } from '../system/timers.ts';
import { classifyHttpFailure } from './classify-failure.ts';
import { cancelled, type ProviderFailure } from './failure.ts';
import type { Provider, ProviderConnection, ProviderResult, ResponseHeaders } from './provider.ts';
import { simulatedAnswer } from './simulated-answer.ts';
import { delayOf, failsByScript, parseScript, scriptOf, type SimulatedScript } from './simulated.ts';

/** Where a simulated provider takes time and chance from. */
export interface SimulatedWorld {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}

/** What one model has been through; forgotten when its provider's script changes. */
interface ModelPast {
  calls: number;
  minuteStartMs: number;
  callsInMinute: number;
}

const minuteMs = 60_000;
const neverMs = 86_400_000;

/**
 * A provider without a model behind it, for a first look without keys, and for tests: it takes as long, fails as
 * often and refuses as many calls as the script in its base URL says. A script that cannot be read is an error.
 */
export function createSimulatedProvider(connection: ProviderConnection, world: SimulatedWorld): Provider {
  const { clock, timers, random } = world;
  const parsed = parseScript(connection.baseUrl ?? 'simulated:');
  if ('issue' in parsed) throw new Error(`The script of ${connection.slug} is wrong: it ${parsed.issue}.`);
  const pasts = new Map<string, ModelPast>();

  return {
    async call(request, signal) {
      if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
      const script = scriptOf(request.modelSlug, parsed.script);
      const past = pasts.get(request.modelSlug) ?? { calls: 0, minuteStartMs: -Infinity, callsInMinute: 0 };
      pasts.set(request.modelSlug, past);
      const limits = countCall(past, script, clock.monotonicMs());
      if (limits.exceeded) return failedWith(script, 429, limits.headers, clock.now());

      const fails = failsByScript(script, past.calls, random.next());
      const answer = simulatedAnswer(request, `call_${random.uuid()}`);
      const delayMs = delayOf(script, fails ? 0 : answer.usage.outputTokens, random.next());
      try {
        await timers.wait(fails && script.failWith === 'TIMEOUT' ? neverMs : delayMs, signal);
      } catch (error) {
        if (signal.aborted) return { ok: false, failure: cancelled, headers: {} };
        throw error;
      }
      if (fails) return failedWith(script, script.failWith, limits.headers, clock.now());
      return { ok: true, answer, headers: limits.headers };
    },
  };
}

/** Counts a call against its model's minute, which starts with the first call after the last one ended. */
function countCall(
  past: ModelPast,
  { rateLimitPerMinute }: SimulatedScript,
  nowMs: number,
): { readonly exceeded: boolean; readonly headers: ResponseHeaders } {
  past.calls += 1;
  if (nowMs - past.minuteStartMs >= minuteMs) {
    past.minuteStartMs = nowMs;
    past.callsInMinute = 0;
  }
  if (rateLimitPerMinute === 0) return { exceeded: false, headers: {} };
  past.callsInMinute += 1;
  const headers = {
    'x-ratelimit-limit-requests': String(rateLimitPerMinute),
    'x-ratelimit-remaining-requests': String(Math.max(0, rateLimitPerMinute - past.callsInMinute)),
    'x-ratelimit-reset-requests': `${Math.ceil(past.minuteStartMs + minuteMs - nowMs)}ms`,
  };
  return { exceeded: past.callsInMinute > rateLimitPerMinute, headers };
}

function failedWith(
  script: SimulatedScript,
  fault: SimulatedScript['failWith'],
  limitHeaders: ResponseHeaders,
  nowMs: number,
): ProviderResult {
  const asksToWait = script.retryAfterMs > 0 && (fault === 429 || fault === 503);
  const headers = { ...limitHeaders, ...(asksToWait && { 'retry-after-ms': String(script.retryAfterMs) }) };
  const failure: ProviderFailure =
    typeof fault === 'number'
      ? classifyHttpFailure({ status: fault, headers, body: '' }, nowMs)
      : { failureClass: fault, message: `The script says ${fault}.` };
  return { ok: false, failure: { ...failure, message: `[simulated] ${failure.message}` }, headers };
}
