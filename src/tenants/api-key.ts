import { toHex } from '../system/digest.ts';
import type { Random } from '../system/random.ts';
import { checksumOf } from './key-checksum.ts';
import type { Role, Viewer } from './viewer.ts';

/** An API key as it is kept: everything but its secret. Instants are milliseconds since the epoch. */
export interface ApiKey {
  /** Also stands in the key's text. */
  readonly id: string;
  readonly tenantId: string;
  readonly environment: string;
  /** SHA-256 of the key's whole text. */
  readonly secretHash: Uint8Array;
  readonly roles: readonly Role[];
  readonly label: string | null;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  /** From this instant on it is refused; null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** The holder's quota of API calls; null: none. */
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

/** Whether two byte strings are equal, in a time that tells nothing of where they differ. */
export type SameBytes = (one: Uint8Array, other: Uint8Array) => boolean;

// Neither environment nor id can hold the underscore that the base64url of the secret may hold. Keys that were issued
// before there were checksums have none.
const KEY_TEXT = /^(swy_[a-z]+_([0-9a-f]{16})_[A-Za-z0-9_-]{43})([0-9A-Za-z]{6})?$/;

/** What scanners of secrets look for. */
export const KEY_PATTERN = 'swy_[a-z]+_[0-9a-f]{16}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}';

/** The part of a key's text that tells people where the key belongs. */
export function environmentOf(database: 'embedded' | 'postgres'): string {
  return database === 'embedded' ? 'local' : 'live';
}

/** Draws a new key: its text, `swy_<environment>_<id>_<secret><checksum>` with a secret of 32 random bytes, and its id. */
export function drawKey(environment: string, random: Random): { readonly id: string; readonly text: string } {
  const id = toHex(random.bytes(8));
  const body = `swy_${environment}_${id}_${base64Url(random.bytes(32))}`;
  return { id, text: body + checksumOf(body) };
}

/** Whether a text has the form of a key and a checksum that is not its own: somebody has mistyped it, or made it up. */
export function isMistyped(text: string): boolean {
  const [, body = '', , checksum] = KEY_TEXT.exec(text) ?? [];
  return checksum !== undefined && checksum !== checksumOf(body);
}

/** The id in a key's text. A text of any other form, as an operator may choose one, has an id made from its hash. */
export function keyIdOf(text: string, secretHash: Uint8Array): string {
  return KEY_TEXT.exec(text)?.[2] ?? toHex(secretHash).slice(0, 16);
}

/** What may be shown of a key, for people to tell it from others. */
export function keyPrefix(key: Pick<ApiKey, 'environment' | 'id'>): string {
  return `swy_${key.environment}_${key.id}`;
}

/** Whether a key admits its holder now. */
export function isLive(key: ApiKey, now: number): boolean {
  return key.revokedAt === null && (key.expiresAt === null || now < key.expiresAt);
}

/** The caller that a key stands for. */
export function viewerOf(key: ApiKey): Viewer {
  return { tenantId: key.tenantId, keyId: key.id, roles: key.roles };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 §5, without padding. */
function base64Url(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    heldBits += 8;
    while (heldBits >= 6) {
      heldBits -= 6;
      text += ALPHABET[(held >> heldBits) & 63] ?? '';
    }
  }
  if (heldBits > 0) text += ALPHABET[(held << (6 - heldBits)) & 63] ?? '';
  return text;
}
