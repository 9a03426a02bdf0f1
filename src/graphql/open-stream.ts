import type { LiveSource } from '../events/live-source.ts';
import type { RequestContext } from './context.ts';

/** What a subscription returns of a source, which it takes over: it ends with its caller's key. */
export function openStream<Value>(
  context: RequestContext,
  source: LiveSource<Value>,
): AsyncIterableIterator<Value, undefined> {
  const { services, signal } = context;
  return services.liveStreams.open(source, { signal, isAllowed: () => isAdmitted(context) });
}

/** Whether the caller's key or token, which was valid when the operation began, still is. */
export function isAdmitted({ viewer, services }: RequestContext): boolean {
  return services.callers.isLive(viewer);
}
