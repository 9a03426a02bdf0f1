import { waitAtMost } from '../../system/wait-at-most.ts';
import type { RouteCall } from '../carry/route.service.ts';
import type { StreamEvent } from './stream-event.ts';
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
   * that is read too slowly. To be read one event at a time.
   */
  routeStream(call: RouteCall): AsyncIterableIterator<StreamEvent, undefined>;
  /**
   * Ends every stream, those that come from now on at once, with a last event that says so. Resolves when all callers
   * have taken theirs, or have had `LAST_EVENT_MS` to; nothing is awaited of calls that go on without one.
   */
  endAll(): Promise<void>;
}

/** How long callers may take to hear of the end when the instance stops. */
export const LAST_EVENT_MS = 2_000;

/** Makes the service. */
export function createRouteStreamService(dependencies: StreamedCallDependencies): RouteStreamService {
  const { timers } = dependencies;
  const live = new Set<StreamedCall>();
  let isStopping = false;

  function begin(streamed: StreamedCall): void {
    live.add(streamed);
    void streamed.over.then(() => live.delete(streamed));
    if (isStopping) streamed.stop();
    else void streamed.run();
  }

  return {
    routeStream(call) {
      const streamed = createStreamedCall(call, dependencies, () => begin(streamed));
      return streamed.taker;
    },
    async endAll() {
      isStopping = true;
      const ending = [...live];
      for (const streamed of ending) streamed.stop();
      await waitAtMost(Promise.all(ending.map(({ over }) => over)), LAST_EVENT_MS, timers);
    },
  };
}
