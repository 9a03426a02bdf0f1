import type { Rates } from '../../limits/rates.service.ts';
import { RateLimitedError } from '../../system/expected-error.ts';
import type { Viewer } from '../../tenants/viewer.ts';

/** Who asks, with a bound on how often an address may be wrong about it. */
export interface Callers {
  /**
   * The caller whose key this is; undefined when it admits nobody. Throws RateLimitedError for an address that has
   * presented too many wrong keys, unless the key was right from there before: what is told of others would be what
   * guessing is for.
   */
  identify(key: string, address: string): Viewer | undefined;
  /** The same without counting and throwing: whether it would be told a caller. */
  admits(key: string, address: string): boolean;
}

/** Addresses whose good keys are remembered, and good keys of each, those of longest ago leaving first. */
const remembered = { addresses: 10_000, keys: 100 } as const;

/** Nothing is known of any address yet. */
export function createCallers(
  authenticate: (key: string) => Viewer | undefined,
  rates: Pick<Rates, 'take' | 'waitMs'>,
): Callers {
  const good = new Map<string, Set<string>>();

  function remember(address: string, { keyId }: Viewer): void {
    const keys = good.get(address);
    if (keys?.has(keyId)) return;
    if (keys === undefined) keep(good, address, new Set([keyId]));
    else {
      if (keys.size >= remembered.keys) keys.delete(first(keys));
      keys.add(keyId);
    }
  }

  function isBarred(viewer: Viewer | undefined, address: string): boolean {
    const isKnown = viewer !== undefined && good.get(address)?.has(viewer.keyId) === true;
    return !isKnown && rates.waitMs('failedKeysPerAddress', address) > 0;
  }

  return {
    identify(key, address) {
      const viewer = authenticate(key);
      if (isBarred(viewer, address)) {
        const waitMs = rates.waitMs('failedKeysPerAddress', address);
        throw new RateLimitedError('Too many wrong keys came from this address.', waitMs);
      }
      if (viewer === undefined) rates.take('failedKeysPerAddress', address);
      else remember(address, viewer);
      return viewer;
    },
    admits(key, address) {
      const viewer = authenticate(key);
      return viewer !== undefined && !isBarred(viewer, address);
    },
  };
}

function keep<Value>(map: Map<string, Value>, name: string, value: Value): void {
  if (map.size >= remembered.addresses) map.delete(first(map.keys()));
  map.set(name, value);
}

function first(names: Iterable<string>): string {
  const [name = ''] = names;
  return name;
}
