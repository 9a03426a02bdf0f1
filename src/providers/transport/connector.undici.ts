import { lookup as resolveHost, type LookupOptions } from 'node:dns';
import { buildConnector } from 'undici';
import { isRefusedHost } from '../address.ts';

const connectTimeoutMs = 5_000;

/** The code of the error with which a connection to a refused address fails. */
const refusedAddressCode = 'ADDRESS_REFUSED';

/**
 * Opens sockets for undici, and none to a link-local or cloud metadata address: neither one that a URL names nor
 * one that a name resolves to. The address that is checked is the address that is connected to.
 */
export function createGuardedConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: connectTimeoutMs, allowH2: false, lookup: guardedLookup });
  return (options, callback) => {
    // An address in the URL is never looked up.
    if (isRefusedHost(options.hostname)) callback(refusal(), null);
    else connect(options, callback);
  };
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

function guardedLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null) callback(error, []);
    else if (addresses.some(({ address }) => isRefusedHost(address))) callback(refusal(), []);
    else if (options.all === true || first === undefined) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

function refusal(): NodeJS.ErrnoException {
  return Object.assign(new Error('link-local and metadata addresses are refused'), {
    code: refusedAddressCode,
  });
}
