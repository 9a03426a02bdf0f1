import { cancelled } from '../providers/failure.ts';
import type { ProviderResult } from '../providers/provider.ts';
import { onAbort } from '../system/abort.ts';
import { failedWith, overtime } from './conclude.ts';
import { guard, providerOf, type GuardParts } from './guard.service.ts';
import type { GuardedCall, GuardedInput } from './guarded-call.ts';

/** Makes calls whose answer comes as a whole: the provider within its time. */
export function createGuardedCall(parts: GuardParts): GuardedCall {
  const { clock } = parts;
  return (input) =>
    guard(input, parts, async (admissionMs) => {
      const startedMs = clock.monotonicMs();
      // Winning an admission may take a moment, which the caller's deadline knows nothing of.
      const { limit, timeoutMs } = input.target.time;
      const waitedMs = limit === 'deadline' ? admissionMs : 0;
      const result = await callWithin(timeoutMs - waitedMs, input, parts);
      const latencyMs = Math.round(clock.monotonicMs() - startedMs);
      return { result, latencyMs, timeToFirstTokenMs: null, ranStreamLimit: false };
    });
}

/** The provider's result, or the one that time or the caller's leaving makes of its silence. */
async function callWithin(
  timeoutMs: number,
  input: GuardedInput,
  { providers, timers }: GuardParts,
): Promise<ProviderResult> {
  const { target, request, signal } = input;
  if (signal.aborted) return failedWith(cancelled);
  if (timeoutMs <= 0) return failedWith(overtime(target.time));
  const controller = new AbortController();
  const cut = Promise.withResolvers<ProviderResult>();
  const end = (result: ProviderResult): void => {
    cut.resolve(result);
    controller.abort();
  };
  using _limit = timers.after(timeoutMs, () => end(failedWith(overtime(target.time))));
  using _leaving = onAbort(signal, () => end(failedWith(cancelled)));
  const called = providerOf(input, providers).then((provider) => provider.call(request, controller.signal));
  return await Promise.race([called, cut.promise]);
}
