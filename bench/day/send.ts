import type { CallTarget } from '../../src/calls/admission.ts';
import { failedWith, overtime, type Sent } from '../../src/calls/conclude.ts';
import type { ProviderFailure } from '../../src/providers/failure.ts';
import type { ProviderResult } from '../../src/providers/provider.ts';
import type { Takers } from './takers.ts';
import type { World, WorldCall } from './world.ts';

/** How long a refusal takes, and how long a pause it asks for. */
const REFUSAL_MS = 90;
const ASKED_PAUSE_MS = 10_000;

const busy: ProviderFailure = {
  ...{ failureClass: 'RATE_LIMITED', message: 'Too many requests.' },
  ...{ httpStatus: 429, retryAfterMs: ASKED_PAUSE_MS },
};
const broken: ProviderFailure = { failureClass: 'SERVER_ERROR', message: 'Broken.', httpStatus: 500 };

/** What comes of sending a call to a model, as a provider's adapter would tell it. */
export function sendTo(
  world: World,
  takers: Takers,
  { index, call, attempt, atMs, time }: SendOptions,
): Sent {
  const { timeoutMs } = time;
  const after = (latencyMs: number, result: ProviderResult): Sent =>
    latencyMs < timeoutMs
      ? { result, latencyMs: Math.round(latencyMs), timeToFirstTokenMs: null, ranStreamLimit: false }
      : { ...after(0, failedWith(overtime(time))), latencyMs: Math.round(timeoutMs) };
  if (!takers.takes(index, atMs)) return after(REFUSAL_MS, failedWith(busy));
  const fate = world.fateOf(index, call, attempt, atMs);
  if (fate.kind === 'hangs') return after(Infinity, failedWith(broken));
  if (fate.kind === 'fails') return after(fate.latencyMs, failedWith(broken));
  const { inputTokens, outputTokens } = call;
  const usage = { inputTokens, outputTokens, reasoningTokens: 0 };
  const answer = { text: 'Done.', toolCalls: [], finishReason: 'stop' as const, usage };
  return after(fate.latencyMs, { ok: true, answer, headers: {} });
}

interface SendOptions {
  readonly index: number;
  readonly call: WorldCall;
  readonly attempt: number;
  readonly atMs: number;
  readonly time: CallTarget['time'];
}
