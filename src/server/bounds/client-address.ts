import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { bareAddress, groupOf, type Network } from '../../config/network.ts';

/** Which addresses requests come from, as far as this server can know. */
export interface ClientAddresses {
  /** Whether this neighbour is a proxy that is trusted to say for whom it asks. */
  isProxy(remoteAddress: string | undefined): boolean;
  /** The name under which an address is counted: an IPv4 address, or the /64 of an IPv6 one. */
  nameOf(remoteAddress: string | undefined): string;
  /** The same of whoever a request is from: behind trusted proxies the nearest address that is none of them. */
  addressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>): string;
}

/**
 * Reads `X-Forwarded-For` from the right, as far as trusted proxies have written it; all that stands to the left of
 * what the first of them saw is the client's own word. `trusted`: networks as `parseNetwork` makes them.
 */
export function createClientAddresses(trusted: readonly Network[]): ClientAddresses {
  const proxies = new BlockList();
  for (const { address, prefix, family } of trusted) proxies.addSubnet(address, prefix, family);
  const trusts = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  const isProxy = (remote: string | undefined) => {
    const address = trusted.length === 0 ? undefined : bareAddress(remote ?? '');
    return address !== undefined && trusts(address);
  };
  const nameOf = (remote: string | undefined) => groupOf(bareAddress(remote ?? '') ?? 'unknown');

  function forwardedFor(remote: string, header: string): string {
    let nearest = remote;
    for (const entry of header.split(',').reverse()) {
      const address = bareAddress(entry.trim());
      // What no proxy would write tells nothing of what is further away.
      if (address === undefined) return nearest;
      nearest = address;
      if (!trusts(address)) return nearest;
    }
    return nearest;
  }

  return {
    isProxy,
    nameOf,
    addressOf({ headers, socket: { remoteAddress: remote } }) {
      const header = headers['x-forwarded-for'];
      if (header === undefined || remote === undefined || !isProxy(remote)) return nameOf(remote);
      return groupOf(forwardedFor(remote, String(header)));
    },
  };
}
