import { isIP, isIPv4, isIPv6 } from 'node:net';

/** A network in the form `address/prefix` (RFC 4632, RFC 4291 §2.3). */
export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A network, or the one address, that a text names; undefined: none. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return undefined;
  const length = prefix === undefined ? bits : Number(prefix);
  return length <= bits ? { address, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined;
}

/** IPv4 addresses as sockets of both families show them (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The address in what a socket or a proxy says of one: without brackets, port and zone, and an IPv4 address that was
 * mapped into IPv6 as itself. Undefined: it is none.
 */
export function bareAddress(text: string): string | undefined {
  // As nearly all are.
  if (isIPv4(text)) return text;
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const [address = ''] = (bracketed ?? text.replace(/^([\d.]+):\d{1,5}$/, '$1')).split('%', 1);
  const mapped = MAPPED.exec(address)?.[1] ?? address;
  if (bracketed !== undefined && !isIPv6(address)) return undefined;
  return isIP(mapped) === 0 ? undefined : mapped;
}

/**
 * The name under which an address, as `bareAddress` has it, is counted. Of IPv6 that is the /64: the least that one
 * site is given (RFC 6177), within which everybody may choose as many addresses as he likes.
 */
export function groupOf(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address;
  const [left = '', right] = address.toLowerCase().split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const missing = 8 - head.length - tail.length - (address.includes('.') ? 1 : 0);
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
