import { waitAtMost } from '../../system/wait-at-most.ts';
import type { RouteCall } from '../carry/route.service.ts';
import type { FullStreamEvent, StreamEvent } from './stream-event.ts';
import {
  createStreamedCall,
  type StreamedCall,
  type StreamedCallDependencies,
} from './streamed-call.service.ts';

/** Routed calls whose answers come piece by piece. */
export interface RouteStreamService {
  /**
   * Routes one call of the viewer's tenant as `RouteService.route` does, over models that can stream. Begins when
   * it is first read and goes on as fast as it is read; whatever a caller can act on is its last event, and only
   * faults of ours are thrown. A caller leaves by `return()` or its signal: without an idempotency key the provider is
   * let go at once and the call recorded as cancelled; with one it runs to its end for whoever asks again, as does one
   * that is read too slowly. To be read one event at a time. `isAllowed` is asked regularly: of whom it denies the
   * stream fails with UnauthenticatedError, within `ADMISSION_BEAT_MS`, as if the caller had left.
   */
  routeStream(call: RouteCall, isAllowed?: () => boolean): AsyncIterableIterator<StreamEvent, undefined>;
  /**
   * The same with thoughts and tool calls as they are written. Each of them counts as delivered: no other model is
   * tried after it.
   */
  routeFullStream(
    call: RouteCall,
    isAllowed?: () => boolean,
  ): AsyncIterableIterator<FullStreamEvent, undefined>;
  /**
   * Ends every stream, those that come from now on at once, with a last event that says so. Resolves when all callers
   * have taken theirs, or have had `LAST_EVENT_MS` to; nothing is awaited of calls that go on without one.
   */
  endAll(): Promise<void>;
}

/** How long callers may take to hear of the end when the instance stops. */
export const LAST_EVENT_MS = 2_000;

/** How often it is asked whether callers are still admitted: a key that is revoked or expires ends its calls. */
export const ADMISSION_BEAT_MS = 1_000;

/** A streamed call, whatever its caller wants to hear of it. */
type LiveCall = Omit<StreamedCall, 'taker'>;

/** Makes the service. */
export function createRouteStreamService(dependencies: StreamedCallDependencies): RouteStreamService {
  const { timers } = dependencies;
  const live = new Map<LiveCall, () => boolean>();
  let isStopping = false;
  let timer: Disposable | undefined;

  function begin(streamed: LiveCall, isAllowed: () => boolean): void {
    live.set(streamed, isAllowed);
    timer ??= timers.after(ADMISSION_BEAT_MS, beat);
    void streamed.over.then(() => forget(streamed));
    if (isStopping) streamed.stop();
    else void streamed.run();
  }

  function forget(streamed: LiveCall): void {
    live.delete(streamed);
    if (live.size > 0) return;
    timer?.[Symbol.dispose]();
    timer = undefined;
  }

  function beat(): void {
    for (const [streamed, isAllowed] of [...live]) if (!isAllowed()) streamed.revoke();
    timer = live.size === 0 ? undefined : timers.after(ADMISSION_BEAT_MS, beat);
  }

  return {
    routeStream(call, isAllowed = () => true) {
      // Whoever wants text alone is told of nothing else.
      const streamed = createStreamedCall({ ...call, wants: 'text' }, dependencies, () =>
        begin(streamed, isAllowed),
      );
      return streamed.taker as StreamedCall<StreamEvent>['taker'];
    },
    routeFullStream(call, isAllowed = () => true) {
      const streamed = createStreamedCall({ ...call, wants: 'all' }, dependencies, () =>
        begin(streamed, isAllowed),
      );
      return streamed.taker;
    },
    async endAll() {
      isStopping = true;
      const ending = [...live.keys()];
      for (const streamed of ending) streamed.stop();
      await waitAtMost(Promise.all(ending.map(({ over }) => over)), LAST_EVENT_MS, timers);
    },
  };
}
