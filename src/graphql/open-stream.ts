import type { LiveSource } from '../events/live-source.ts';
import type { RequestContext } from './context.ts';

/** What a subscription returns of a source, which it takes over: it ends with its caller's key. */
export function openStream<Value>(
  { viewer, services, signal }: RequestContext,
  source: LiveSource<Value>,
): AsyncIterableIterator<Value, undefined> {
  const isAllowed = () => services.apiKeys.liveKey(viewer.keyId) !== undefined;
  return services.liveStreams.open(source, { signal, isAllowed });
}
