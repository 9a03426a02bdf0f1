import type { Admission, Settlement } from '../../src/calls/admission.ts';
import type { AttemptTime } from '../../src/calls/attempt-time.ts';
import type { GuardedStreamInput } from '../../src/calls/guarded-stream.ts';
import { createGuardedStream } from '../../src/calls/guarded-stream.service.ts';
import type { AnswerPiece, Provider } from '../../src/providers/provider.ts';
import { question } from '../support/providers/provider-calls.ts';
import { createManualTime } from '../support/time/manual-time.ts';
import { connectionTo, scriptedProviders, scriptedStream, type Step } from './scripted-parts.ts';
import { createErrorLog } from '../support/logs/error-log.ts';

/** A guarded stream on manual time over a provider that follows its steps. */
export function createStreamGuard(steps: readonly Step[] | Provider['stream'], admission?: Admission) {
  const time = createManualTime();
  const settlements: Settlement[] = [];
  const delivered: string[] = [];
  const provider: string[] = [];
  const log = createErrorLog();
  const recording: Admission = {
    admit: () => ({ admitted: true, settle: (settlement) => void settlements.push(settlement) }),
  };
  const { clock, timers } = time;
  const stream = typeof steps === 'function' ? steps : scriptedStream(timers, steps, provider);
  const guard = { admission: admission ?? recording, providers: scriptedProviders, clock, timers, log };
  const call = createGuardedStream(guard);
  const caller = new AbortController();
  const run = (changes: Partial<GuardedStreamInput & AttemptTime> = {}) =>
    call({
      target: {
        ...{ providerSlug: 'them', modelSlug: 'small', key: 'them/small', attemptId: 'attempt-1' },
        time: {
          timeoutMs: changes.timeoutMs ?? 60_000,
          limit: changes.limit ?? 'own',
          expectedMs: 1_000,
          fullAnswerMs: 1_000,
        },
        estimatedTokens: 110,
      },
      connection: connectionTo({ stream }),
      request: question(),
      signal: caller.signal,
      limits: { firstTokenMs: 10_000, stallMs: 15_000 },
      deadlineMs: 600_000,
      onStart: () => void provider.push('started'),
      wants: 'text',
      deliver: async (piece) => void delivered.push(wordOf(piece)),
      ...changes,
    });
  return { time, timers, settlements, delivered, provider, errors: log.errors, caller, run };
}

export type StreamGuard = ReturnType<typeof createStreamGuard>;

/** A consumer that takes so long over each piece. */
export const slowly = ({ time, delivered }: StreamGuard, ms: number) => ({
  async deliver(piece: AnswerPiece) {
    delivered.push(wordOf(piece));
    await time.timers.wait(ms, new AbortController().signal);
  },
});

/** A text as it is, and any other piece by its kind. */
function wordOf(piece: AnswerPiece): string {
  return piece.kind === 'text' ? piece.text : piece.kind;
}
