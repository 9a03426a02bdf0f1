/** The eight groups of an IPv6 address, each 0..0xffff. */
export type Ipv6Groups = readonly number[];

/** A dotted quad of decimal numbers as one number; undefined for anything else, octal numbers included. */
export function ipv4Number(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

/** The groups of an IPv6 address as it is written (RFC 4291 §2.2), without brackets; undefined when it is none. */
export function ipv6Groups(text: string): Ipv6Groups | undefined {
  const sides = text.replace(/%.*$/, '').split('::');
  if (sides.length > 2) return undefined;
  const [head = [], tail = []] = sides.map((side) =>
    side === '' ? [] : side.split(':').flatMap(groupNumbers),
  );
  const gap = 8 - head.length - tail.length;
  if (sides.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const groups = [...head, ...Array<number>(gap).fill(0), ...tail];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}

/** One written group, or the two that a dotted quad at the end stands for; NaN where it is neither. */
function groupNumbers(group: string): number[] {
  const quad = ipv4Number(group);
  if (quad !== undefined) return [Math.floor(quad / 0x10000), quad % 0x10000];
  return [/^[0-9a-f]{1,4}$/.test(group) ? Number.parseInt(group, 16) : Number.NaN];
}

/**
 * The IPv4 addresses that an IPv6 address stands for, by whichever way it may be translated: compatible and mapped
 * (RFC 4291 §2.5.5), translated (RFC 2765 §2.1), through NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo's server
 * and client (RFC 4380) and ISATAP (RFC 5214).
 */
export function ipv4Within(groups: Ipv6Groups): readonly number[] {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, seventh = 0, last = 0] = groups;
  const lowest = number(seventh, last);
  const within: number[] = [];
  const startsEmpty = first === 0 && second === 0 && third === 0 && fourth === 0;
  if (startsEmpty && fifth === 0 && (sixth === 0 || sixth === 0xffff)) within.push(lowest);
  if (startsEmpty && fifth === 0xffff && sixth === 0) within.push(lowest);
  if (first === 0x64 && second === 0xff9b) within.push(lowest, ...translated(groups));
  if (first === 0x2002) within.push(number(second, third));
  if (first === 0x2001 && second === 0) within.push(number(third, fourth), number(~seventh, ~last));
  if ((fifth === 0 || fifth === 0x200) && sixth === 0x5efe) within.push(lowest);
  return within;
}

/** Where RFC 6052 §2.2 puts the address behind prefixes of 48, 56 and 64 bits: around the eight bits that stay zero. */
function translated([, , , fourth = 0, fifth = 0, sixth = 0, seventh = 0]: Ipv6Groups): readonly number[] {
  const low = (fifth << 8) | (sixth >> 8);
  return [
    number(fourth, low),
    number((fourth << 8) | (fifth & 0xff), sixth),
    number(low, (sixth << 8) | (seventh >> 8)),
  ];
}

function number(high: number, low: number): number {
  return (high & 0xffff) * 0x10000 + (low & 0xffff);
}
