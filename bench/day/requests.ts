import { parseRouteRequest } from '../../src/routing/request/parse-request.ts';
import type { RouteRequest } from '../../src/routing/request/request.ts';
import { requireSound } from '../../src/system/input/reader.ts';
import type { WorldCall } from './world.ts';

/** Makes the requests of calls: of one length and budget, the same. */
export function createRequests(): (call: WorldCall) => RouteRequest {
  const known = new Map<string, RouteRequest>();
  return ({ inputTokens, maxOutputTokens }) => {
    const name = `${inputTokens} ${maxOutputTokens}`;
    let request = known.get(name);
    if (request === undefined) {
      // A token has four letters, roughly.
      const messages = [{ role: 'user' as const, content: 'word'.repeat(inputTokens) }];
      request = requireSound(parseRouteRequest({ messages, maxOutputTokens }));
      known.set(name, request);
    }
    return request;
  };
}
