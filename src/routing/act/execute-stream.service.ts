import type { GuardedStream, SilenceLimits } from '../../calls/guarded-stream.ts';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import type { CallEnd, Execution } from './execution.ts';
import type { RoutedCall } from './routed-call.ts';
import { walkPlan, type WalkDependencies } from './walk-plan.service.ts';

/** Where what happens amid an execution goes. */
export interface StreamSink {
  /** A call was admitted and is about to be sent. */
  attemptStarted(position: number, candidate: RankedCandidate['candidate']): void;
  /** Takes text that a model wrote, never empty; resolves when there may be more. */
  text(text: string): Promise<void>;
}

/**
 * Walks a plan until a model's stream has ended well or nothing is left, handing its text on. What fails before any
 * text was handed on is followed by the next attempt, as without streaming; afterwards nothing is: two models' texts
 * are never mixed. Never rejects.
 */
export type StreamExecutor = (call: RoutedCall, sink: StreamSink) => Promise<Execution>;

/** What the executor of streams stands on. */
export interface StreamExecutorDependencies extends WalkDependencies {
  readonly guardedStream: GuardedStream;
  /** For models that set none themselves and do not reason. */
  readonly firstTokenTimeoutMs: number;
  readonly stallTimeoutMs: number;
}

/** Makes the executor of calls whose answer comes piece by piece. */
export function createStreamExecutor(dependencies: StreamExecutorDependencies): StreamExecutor {
  const { guardedStream } = dependencies;
  return async (call, sink) => {
    let deliveredText = '';
    const deliver = (text: string): Promise<void> => {
      deliveredText += text;
      return sink.text(text);
    };
    const execution = await walkPlan(
      call,
      async ({ position, ranked, ...input }) => {
        const outcome = await guardedStream({
          ...input,
          deadlineMs: call.deadlineMs,
          limits: silenceLimits(ranked, call.catalog, dependencies),
          onStart: () => sink.attemptStarted(position, ranked.candidate),
          deliver,
        });
        if (deliveredText === '' || outcome.kind !== 'failed') return outcome;
        return { ...outcome, verdict: { ...outcome.verdict, next: 'stop' } };
      },
      dependencies,
    );
    return { ...execution, end: endOf(execution, deliveredText) };
  };
}

function silenceLimits(
  { candidate }: RankedCandidate,
  catalog: CatalogView,
  { firstTokenTimeoutMs, stallTimeoutMs: stallMs }: StreamExecutorDependencies,
): SilenceLimits {
  const ownMs = catalog.model(candidate.key)?.model.firstTokenTimeoutMs ?? null;
  // How long a model thinks before its first token is nobody's guess.
  const otherwiseMs = candidate.capabilities.includes('REASONING') ? null : firstTokenTimeoutMs;
  return { firstTokenMs: ownMs ?? otherwiseMs, stallMs };
}

/** A walk that ended without an answer after text was delivered was interrupted, whatever it would have been before. */
function endOf({ attempts, end }: Execution, deliveredText: string): CallEnd {
  if (deliveredText === '' || end.kind === 'answered' || end.kind === 'cancelled') return end;
  const last = attempts.at(-1);
  const failureClass = last?.failureClass ?? 'INTERNAL';
  const message = `The stream broke after its first token: ${last?.message ?? 'nobody knows why'}`;
  return { kind: 'interrupted', failureClass, message, deliveredText };
}
