import type { GuardedStream, SilenceLimits, WantedPieces } from '../../calls/guarded-stream.ts';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { AnswerPiece } from '../../providers/provider.ts';
import type { RankedCandidate } from '../plan/plan.ts';
import type { CallEnd, Execution } from './execution.ts';
import type { RoutedCall } from './routed-call.ts';
import { walkPlan, type WalkDependencies } from './walk-plan.service.ts';

/** Where what happens amid an execution goes. */
export interface StreamSink {
  /** A call was admitted and is about to be sent. */
  attemptStarted(position: number, candidate: RankedCandidate['candidate']): void;
  /** What it takes: nothing else is handed on, and what is not handed on is not delivered. */
  readonly wants: WantedPieces;
  /** Takes what a model wrote; resolves when there may be more. */
  piece(piece: AnswerPiece): Promise<void>;
}

/**
 * Walks a plan until a model's stream has ended well or nothing is left, handing on what its sink
 * wants. What fails before anything was handed on is followed by the next attempt, as without streaming; afterwards
 * nothing is: two models' answers are never mixed. Never rejects.
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
    let deliveredText: string | null = null;
    const deliver = (piece: AnswerPiece): Promise<void> => {
      deliveredText = (deliveredText ?? '') + (piece.kind === 'text' ? piece.text : '');
      return sink.piece(piece);
    };
    const execution = await walkPlan(
      call,
      async ({ position, ranked, ...input }) => {
        const outcome = await guardedStream({
          ...input,
          deadlineMs: call.deadlineMs,
          limits: silenceLimits(ranked, call.catalog, dependencies),
          onStart: () => sink.attemptStarted(position, ranked.candidate),
          wants: sink.wants,
          deliver,
        });
        if (deliveredText === null || outcome.kind !== 'failed') return outcome;
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

/** A walk that ended without an answer after some of one was delivered was interrupted, whatever it were otherwise. */
function endOf({ attempts, end }: Execution, deliveredText: string | null): CallEnd {
  if (deliveredText === null || end.kind === 'answered' || end.kind === 'cancelled') return end;
  const last = attempts.at(-1);
  const failureClass = last?.failureClass ?? 'INTERNAL';
  const message = `The stream broke after its first token: ${last?.message ?? 'nobody knows why'}`;
  return { kind: 'interrupted', failureClass, message, deliveredText };
}
