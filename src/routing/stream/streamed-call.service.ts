import { SLOW_CONSUMER_MS } from '../../system/endable.ts';
import {
  ExpectedError,
  RETRY_SOON_MS,
  UnauthenticatedError,
  UnavailableError,
} from '../../system/expected-error.ts';
import { onAbort } from '../../system/abort.ts';
import type { Timers } from '../../system/timers.ts';
import type { WantedPieces } from '../../calls/guarded-stream.ts';
import { callPieces } from '../../providers/answer-pieces.ts';
import type { StreamExecutor } from '../act/execute-stream.service.ts';
import type { Act, RouteCall, RouteService } from '../carry/route.service.ts';
import { isSuccess, pendingDecision, type RouteFailure, type RouteOutcome } from '../record/call-end.ts';
import { viewDecision } from '../record/decision-view.ts';
import type { DecisionView } from '../record/decision.ts';
import { createHandOver, type HandOver } from './hand-over.service.ts';
import type { FullStreamEvent, StreamFailure } from './stream-event.ts';

/** Why we end a stream, in words for its caller. */
const causes = {
  slow: `SLOW_CONSUMER: the stream was not read for ${SLOW_CONSUMER_MS / 1000} s.`,
  stopping: 'The server is stopping.',
} as const;

/** One call whose answer is handed to its caller piece by piece. */
export interface StreamedCall<Event = FullStreamEvent> extends Pick<HandOver<Event>, 'taker' | 'over'> {
  /** Carries it out; resolves, and never rejects, when it has ended and is recorded. */
  run(): Promise<void>;
  /** The instance stops: the caller's next event is the last. */
  stop(): void;
  /** The caller is not admitted any more: is told so, and nothing else; the call goes on as if it had left. */
  revoke(): void;
}

/** What a streamed call stands on. */
export interface StreamedCallDependencies {
  readonly routes: Pick<RouteService, 'carryOut'>;
  readonly streamExecutor: StreamExecutor;
  readonly timers: Timers;
}

/** A call to be routed, and which pieces of its answer its caller takes. */
export interface StreamedRouteCall extends RouteCall {
  readonly wants: WantedPieces;
}

/** A call that is to begin when its caller asks for the first event: `onBegin` is told. */
export function createStreamedCall(
  call: StreamedRouteCall,
  dependencies: StreamedCallDependencies,
  onBegin: () => void,
): StreamedCall {
  const { routes, streamExecutor, timers } = dependencies;
  const leave = new AbortController();
  let isRunning = false;
  /** What this very call has decided; undefined when it has not, or shares another's answer. */
  let view: DecisionView | undefined;
  let deliveredText = '';
  let interruption: string | undefined;
  const handOver = createHandOver<FullStreamEvent>({
    timers,
    onBegin,
    patienceMs: SLOW_CONSUMER_MS,
    onSlow: () => interrupt(causes.slow),
    onLeft: () => leave.abort(),
  });
  const failed = (error: StreamFailure): FullStreamEvent => ({ kind: 'failed', error, deliveredText });

  function interrupt(message: string): void {
    interruption ??= message;
    // Others may wait for a call with a key, or ask for it again: it goes on without this caller.
    const goesOn = call.input.idempotencyKey != null;
    if (isRunning && !goesOn) return leave.abort();
    handOver.end(
      failed(
        view === undefined
          ? new UnavailableError(message, RETRY_SOON_MS)
          : { view, end: interrupted(message) },
      ),
    );
  }

  function interrupted(message: string): Extract<RouteFailure['end'], { kind: 'interrupted' }> {
    return { kind: 'interrupted', failureClass: 'CANCELLED', message, deliveredText };
  }

  const act: Act = async (routed, durable) => {
    const announce = (event: FullStreamEvent) =>
      void durable.then((isKept) => isKept && handOver.post(event));
    view = viewDecision(pendingDecision(routed), routed.plan);
    announce({ kind: 'decided', view });
    const execution = await streamExecutor(routed, {
      attemptStarted: (position, { providerSlug, modelSlug }) =>
        announce({ kind: 'attempt_started', position, providerSlug, modelSlug }),
      wants: call.wants,
      async piece(piece) {
        if (!(await durable)) return;
        if (piece.kind === 'text') deliveredText += piece.text;
        await handOver.give(piece);
      },
    });
    // Nothing of what was announced comes after the end.
    await durable;
    if (interruption === undefined || execution.end.kind !== 'cancelled') return execution;
    return { ...execution, end: interrupted(interruption) };
  };

  /** An answer that was another's comes as one piece of each kind. */
  function replay(outcome: RouteOutcome): void {
    handOver.post({ kind: 'decided', view: outcome.view });
    if (!isSuccess(outcome)) return;
    const { answer } = outcome.end;
    deliveredText = answer.text;
    if (answer.text !== '') handOver.post({ kind: 'text', text: answer.text });
    if (call.wants === 'all') for (const piece of callPieces(answer)) handOver.post(piece);
  }

  return {
    taker: handOver.taker,
    over: handOver.over,
    stop: () => interrupt(causes.stopping),
    revoke: () => handOver.taker.fail(new UnauthenticatedError('The API key is not valid any more.')),
    async run() {
      isRunning = true;
      using _leaving = onAbort(call.signal, () => leave.abort(call.signal.reason));
      try {
        const outcome = await routes.carryOut({ ...call, signal: leave.signal }, act, 'STREAMING');
        if (view === undefined) replay(outcome);
        handOver.end(isSuccess(outcome) ? { kind: 'completed', outcome } : failed(outcome));
      } catch (error) {
        if (error instanceof ExpectedError) handOver.end(failed(error));
        else handOver.fail(error);
      }
    },
  };
}
