/** A public key as its issuer publishes it (RFC 7517 §4). */
export type PublishedKey = Readonly<Record<string, unknown>> & { readonly kty: string };

/** Keys of one reading. */
export interface KeySet {
  readonly keys: readonly PublishedKey[];
  /** The same text: the same keys. */
  readonly fingerprint: string;
}

/** Reads what an issuer publishes at present. Rejects when that cannot be had whole within bounds. */
export type ReadJwks = (signal: AbortSignal) => Promise<unknown>;

/** Keys that are looked at, in what is published. */
const MAX_KEYS = 100;

/** Characters of one key: an RSA key of 8192 bits has 1400 and its certificates some thousands. */
const MAX_KEY_LENGTH = 20_000;

/** The keys that signatures can be checked by, of whatever was published; undefined: there are none. */
export function usableKeys(published: unknown): KeySet | undefined {
  const list = isObject(published) ? published['keys'] : undefined;
  if (!Array.isArray(list)) return undefined;
  const keys = list.slice(0, MAX_KEYS).filter(isUsable);
  return keys.length === 0 ? undefined : { keys, fingerprint: JSON.stringify(keys) };
}

/** Only keys of pairs, of a sensible size, that are not for something else. */
function isUsable(key: unknown): key is PublishedKey {
  if (!isObject(key) || JSON.stringify(key).length > MAX_KEY_LENGTH) return false;
  const { kty, use, n } = key;
  if (typeof n === 'string' && n.length > 1_400) return false;
  return ['RSA', 'EC', 'OKP'].includes(String(kty)) && (use === undefined || use === 'sig') && !('d' in key);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
