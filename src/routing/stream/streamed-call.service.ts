import { SLOW_CONSUMER_MS } from '../../system/endable.ts';
import { ExpectedError, RETRY_SOON_MS, UnavailableError } from '../../system/expected-error.ts';
import type { Timers } from '../../system/timers.ts';
import type { StreamExecutor } from '../act/execute-stream.service.ts';
import type { Act, RouteCall, RouteService } from '../carry/route.service.ts';
import { isSuccess, pendingDecision, type RouteFailure, type RouteOutcome } from '../record/call-end.ts';
import { viewDecision } from '../record/decision-view.ts';
import type { DecisionView } from '../record/decision.ts';
import { createHandOver, type HandOver } from './hand-over.service.ts';
import type { StreamEvent, StreamFailure } from './stream-event.ts';

/** Why we end a stream, in words for its caller. */
const causes = {
  slow: `SLOW_CONSUMER: the stream was not read for ${SLOW_CONSUMER_MS / 1000} s.`,
  stopping: 'The server is stopping.',
} as const;

/** One call whose answer is handed to its caller piece by piece. */
export interface StreamedCall extends Pick<HandOver<StreamEvent>, 'taker' | 'over'> {
  /** Carries it out; resolves, and never rejects, when it has ended and is recorded. */
  run(): Promise<void>;
  /** The instance stops: the caller's next event is the last. */
  stop(): void;
}

/** What a streamed call stands on. */
export interface StreamedCallDependencies {
  readonly routes: Pick<RouteService, 'carryOut'>;
  readonly streamExecutor: StreamExecutor;
  readonly timers: Timers;
}

/** A call that is to begin when its caller asks for the first event: `onBegin` is told. */
export function createStreamedCall(
  call: RouteCall,
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
  const handOver = createHandOver<StreamEvent>({
    timers,
    onBegin,
    patienceMs: SLOW_CONSUMER_MS,
    onSlow: () => interrupt(causes.slow),
    onLeft: () => leave.abort(),
  });
  const failed = (error: StreamFailure): StreamEvent => ({ kind: 'failed', error, deliveredText });

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
    const announce = (event: StreamEvent) => void durable.then((isKept) => isKept && handOver.post(event));
    view = viewDecision(pendingDecision(routed), routed.plan);
    announce({ kind: 'decided', view });
    const execution = await streamExecutor(routed, {
      attemptStarted: (position, { providerSlug, modelSlug }) =>
        announce({ kind: 'attempt_started', position, providerSlug, modelSlug }),
      async text(text) {
        if (!(await durable)) return;
        deliveredText += text;
        await handOver.give({ kind: 'text', text });
      },
    });
    // Nothing of what was announced comes after the end.
    await durable;
    if (interruption === undefined || execution.end.kind !== 'cancelled') return execution;
    return { ...execution, end: interrupted(interruption) };
  };

  /** An answer that was another's comes as one piece. */
  function replay(outcome: RouteOutcome): void {
    handOver.post({ kind: 'decided', view: outcome.view });
    if (!isSuccess(outcome) || outcome.end.answer.text === '') return;
    deliveredText = outcome.end.answer.text;
    handOver.post({ kind: 'text', text: deliveredText });
  }

  return {
    taker: handOver.taker,
    over: handOver.over,
    stop: () => interrupt(causes.stopping),
    async run() {
      isRunning = true;
      const signal = AbortSignal.any([call.signal, leave.signal]);
      try {
        const outcome = await routes.carryOut({ ...call, signal }, act, 'STREAMING');
        if (view === undefined) replay(outcome);
        handOver.end(isSuccess(outcome) ? { kind: 'completed', outcome } : failed(outcome));
      } catch (error) {
        if (error instanceof ExpectedError) handOver.end(failed(error));
        else handOver.fail(error);
      }
    },
  };
}
