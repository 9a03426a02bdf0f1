import type { Clock } from '../../system/clock.ts';
import type { Random } from '../../system/random.ts';
import type { Timers } from '../../system/timers.ts';
import { classifyHttpFailure } from '../classify-failure.ts';
import { cancelled, type ProviderFailure } from '../failure.ts';
import type {
  Provider,
  ProviderAnswer,
  ProviderConnection,
  ProviderRequest,
  ProviderResult,
  ResponseHeaders,
  StreamPart,
} from '../provider.ts';
import { callPieces } from '../answer-pieces.ts';
import { simulatedAnswer, wordsOf } from './simulated-answer.ts';
import { simulatedVectors } from './simulated-vectors.ts';
import {
  breakByScript,
  delayOf,
  failsByScript,
  parseScript,
  scriptOf,
  type SimulatedScript,
} from './simulated.ts';

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

const MINUTE_MS = 60_000;
const NEVER_MS = 86_400_000;

/**
 * A provider without a model behind it, for a first look without keys, and for tests: it takes as long, fails as
 * often and refuses as many calls as the script in its base URL says. A script that cannot be read is an error.
 */
export function createSimulatedProvider(connection: ProviderConnection, world: SimulatedWorld): Provider {
  const { clock, timers, random } = world;
  const parsed = parseScript(connection.baseUrl ?? 'simulated:');
  if ('issue' in parsed) throw new Error(`The script of ${connection.slug} is wrong: it ${parsed.issue}.`);
  const pasts = new Map<string, ModelPast>();

  /** What becomes of a call: decided when it arrives, whether it is streamed or not. */
  const begin = (request: ProviderRequest): SimulatedCall => {
    const script = scriptOf(request.modelSlug, parsed.script);
    const past = pasts.get(request.modelSlug) ?? { calls: 0, minuteStartMs: -Infinity, callsInMinute: 0 };
    pasts.set(request.modelSlug, past);
    const { exceeded, headers } = countCall(past, script, clock.monotonicMs());
    const failed = (fault: SimulatedScript['failWith']) => failedWith(script, fault, headers, clock.now());
    if (exceeded) return { script, end: failed(429), endAfterMs: 0, delayMs: () => 0 };
    const fails = failsByScript(script, past.calls, random.next());
    const answer =
      request.embedding === undefined
        ? simulatedAnswer(request, `call_${random.uuid()}`)
        : simulatedVectors(request.embedding);
    const draw = random.next();
    const delayMs = (tokens: number) => delayOf(script, tokens, draw);
    if (!fails) {
      const endAfterMs = delayMs(answer.usage.outputTokens);
      return { script, answer, end: { ok: true, answer, headers }, endAfterMs, delayMs };
    }
    const endAfterMs = script.failWith === 'TIMEOUT' ? NEVER_MS : delayMs(0);
    return { script, end: failed(script.failWith), endAfterMs, delayMs };
  };

  return {
    async call(request, signal) {
      if (signal.aborted) return cancelledResult;
      const { end, endAfterMs } = begin(request);
      return (await waits(timers, endAfterMs, signal)) ? end : cancelledResult;
    },
    async *stream(request, signal) {
      if (signal.aborted) yield { kind: 'end', result: cancelledResult };
      else yield { kind: 'end', result: yield* streamWords(begin(request), timers, signal) };
    },
  };
}

/** One call and what the script has in store for it. */
interface SimulatedCall {
  readonly script: SimulatedScript;
  /** Absent when it fails before its first token. */
  readonly answer?: ProviderAnswer;
  readonly end: ProviderResult;
  readonly endAfterMs: number;
  /** When so many tokens are out, from the call's start. */
  delayMs(tokens: number): number;
}

const cancelledResult: Extract<ProviderResult, { ok: false }> = {
  ok: false,
  failure: cancelled,
  headers: {},
};

/** Waits; says whether the caller is still there. */
async function waits(timers: Timers, delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await timers.wait(delayMs, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Says the answer word by word, as long as the script lets it. A word comes when those before it have had their time. */
async function* streamWords(
  { script, answer, end, endAfterMs, delayMs }: SimulatedCall,
  timers: Timers,
  signal: AbortSignal,
): AsyncGenerator<StreamPart, ProviderResult, void> {
  let passedMs = 0;
  const until = (dueMs: number): Promise<boolean> => {
    const waitMs = Math.max(0, dueMs - passedMs);
    passedMs += waitMs;
    return waits(timers, waitMs, signal);
  };
  if (answer !== undefined) {
    if (!(await until(delayMs(0)))) return cancelledResult;
    yield* callPieces(answer);
    for (const { text, sentTokens } of wordsOf(answer.text)) {
      yield { kind: 'text', text };
      const usage = { ...answer.usage, outputTokens: sentTokens };
      const broken = breakByScript(script, sentTokens);
      if (broken === 'cut') return { ok: false, failure: brokenOff, headers: end.headers, usage };
      const isThere = await until(broken === 'stall' ? NEVER_MS : delayMs(sentTokens));
      if (!isThere) return { ...cancelledResult, usage };
    }
  }
  return (await until(endAfterMs)) ? end : cancelledResult;
}

const brokenOff: ProviderFailure = {
  failureClass: 'MALFORMED',
  message: '[simulated] The stream ended before the answer did.',
};

/** Counts a call against its model's minute, which starts with the first call after the last one ended. */
function countCall(
  past: ModelPast,
  { rateLimitPerMinute }: SimulatedScript,
  nowMs: number,
): { readonly exceeded: boolean; readonly headers: ResponseHeaders } {
  past.calls += 1;
  if (nowMs - past.minuteStartMs >= MINUTE_MS) {
    past.minuteStartMs = nowMs;
    past.callsInMinute = 0;
  }
  if (rateLimitPerMinute === 0) return { exceeded: false, headers: {} };
  past.callsInMinute += 1;
  const headers = {
    'x-ratelimit-limit-requests': String(rateLimitPerMinute),
    'x-ratelimit-remaining-requests': String(Math.max(0, rateLimitPerMinute - past.callsInMinute)),
    'x-ratelimit-reset-requests': `${Math.ceil(past.minuteStartMs + MINUTE_MS - nowMs)}ms`,
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
