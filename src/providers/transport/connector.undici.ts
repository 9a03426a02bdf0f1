import { lookup as resolveHost, type LookupOptions } from 'node:dns';
import { buildConnector } from 'undici';
import { isPrivateHost, isRefusedHost } from '../address.ts';
import type { OutboundRule } from '../base-url.ts';

const connectTimeoutMs = 5_000;

/** The code of the error with which a connection to a refused address fails. */
const refusedAddressCode = 'ADDRESS_REFUSED';

/**
 * Opens sockets for undici, and none to a link-local or cloud metadata address, nor to a private one where the rule
 * closes those: neither one that a URL names nor one that a name resolves to. The address that is checked is the
 * address that is connected to.
 */
export function createGuardedConnector(rule: OutboundRule): buildConnector.connector {
  const isClosed = (host: string): boolean =>
    isRefusedHost(host) || (!rule.privateAddresses && isPrivateHost(host));
  const lookup = guardedLookup(isClosed);
  const connect = buildConnector({ timeout: connectTimeoutMs, allowH2: false, lookup });
  return (options, callback) => {
    // An address in the URL is never looked up.
    if (isClosed(options.hostname)) callback(refusal(), null);
    else connect(options, callback);
  };
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

function guardedLookup(isClosed: (address: string) => boolean) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void =>
    resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null) callback(error, []);
      else if (addresses.some(({ address }) => isClosed(address))) callback(refusal(), []);
      else if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
}

function refusal(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address is one that providers may not have'), {
    code: refusedAddressCode,
  });
}
