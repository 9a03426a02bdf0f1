import type { CredentialHost, ListedHosts } from '../catalog/credential-hosts.ts';
import { isCredentialName } from '../catalog/credentials.ts';
import { canonicalHost } from '../providers/address.ts';

/** What `SWITCHYARD_CREDENTIAL_HOSTS` must be, for the sentence "NAME must be …". */
export const CREDENTIAL_HOSTS_FORM =
  'NAME=host[,host] for each credential, apart by semicolons or spaces; a host may have a port, and has neither scheme nor path';

/** The list as it is written, or undefined where it has another form. */
export function parseCredentialHosts(text: string): ListedHosts | undefined {
  const listed = new Map<string, CredentialHost[]>();
  let places: CredentialHost[] | undefined;
  // A name may also follow the hosts of the one before it after a comma: only names have an equals sign.
  for (const item of text.split(/[;,\s]+/).filter((part) => part !== '')) {
    const [, name, host = ''] = /^(?:([^=]*)=)?([^=]*)$/.exec(item) ?? [];
    if (name !== undefined && isCredentialName(name)) {
      places = listed.get(name) ?? [];
      listed.set(name, places);
    } else if (name !== undefined) return undefined;
    const place = parseHost(host);
    if (place === undefined || places === undefined) return undefined;
    places.push(place);
  }
  return listed.size > 0 ? listed : undefined;
}

/** A host, with a port or without, in whatever script it is written. */
function parseHost(text: string): CredentialHost | undefined {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:[\]/\\?#@]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const url = host === '' ? null : URL.parse(`http://${host}${port === undefined ? '' : `:${port}`}/`);
  // A name without its hosts would pass for a host of the one before.
  if (url === null || url.hostname.includes('*') || isCredentialName(host)) return undefined;
  return {
    host: canonicalHost(url.hostname),
    port: port === undefined ? null : Number(port),
    isEncrypted: null,
  };
}
