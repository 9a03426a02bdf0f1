/** SHA-256 (FIPS 180-4) of bytes, or of a text's UTF-8 bytes: 32 bytes. An argument wherever pure code hashes. */
export interface Sha256 {
  (data: Uint8Array | string): Uint8Array;
  /** The same in lower-case hexadecimal, at a third of the cost of making bytes and then a text of them. */
  readonly hex: (data: Uint8Array | string) => string;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal of bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += HEX[bytes[at] ?? 0] ?? '';
  return text;
}

/** The bytes of a hexadecimal text of even length. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** The bytes of a text that is ASCII, one for each character. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
