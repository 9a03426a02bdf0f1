import type { AdapterSettings } from '../providers/provider.ts';
import { destinationOf, type Destination } from '../providers/base-url.ts';
import type { ProviderInput } from './input.ts';
import type { CatalogProvider } from './model.ts';

/** Where the operator of the environment lets one credential be sent. */
export interface CredentialHost {
  /** As `canonicalHost` writes it. */
  readonly host: string;
  /** Null: any. */
  readonly port: number | null;
  /** Null: encrypted or not. */
  readonly isEncrypted: boolean | null;
}

/** The hosts that a list names, by the name of the credential. */
export type ListedHosts = ReadonlyMap<string, readonly CredentialHost[]>;

/** What of a provider says where its credential would go. */
export type CredentialUse = Pick<CatalogProvider, 'adapter' | 'baseUrl' | 'credentialName'> &
  Partial<AdapterSettings>;

/**
 * Which credential may go where. An environment holds more than providers' keys, and one provider's key is nobody
 * else's: so whoever may change the catalog through the API chooses only among the names and places that the operator
 * of the environment has put together.
 */
export interface CredentialHosts {
  /** Whether the operator has named this credential at all. */
  isNamed(credentialName: string): boolean;
  /** Whether a provider's credential may go to where the provider is. True of one that names none. */
  isBound(provider: CredentialUse): boolean;
}

/**
 * The names and places of providers as catalogs describe them (the built-in one, the operator's file: there a credential is bound to its
 * provider's scheme, host and port) and of a list (there to a host, and to a port where one is given).
 */
export function createCredentialHosts(
  described: readonly ProviderInput[],
  listed: ListedHosts,
): CredentialHosts {
  const hosts = new Map<string, CredentialHost[]>();
  const add = (name: string, places: readonly CredentialHost[]): void =>
    void hosts.set(name, [...(hosts.get(name) ?? []), ...places]);
  for (const { adapter, baseUrl, credentialName, region = null } of described) {
    if (!credentialName || !adapter) continue;
    const destination = destinationOf({ adapter, baseUrl: baseUrl ?? null, region });
    add(credentialName, destination === undefined ? [] : [destination]);
  }
  for (const [name, places] of listed) add(name, places);
  return {
    isNamed: (name) => hosts.has(name),
    isBound(provider) {
      const { adapter, credentialName } = provider;
      if (credentialName === null) return true;
      const places = hosts.get(credentialName);
      if (places === undefined) return false;
      // A simulated provider is nowhere: its credential is sent to nobody.
      if (adapter === 'simulated') return true;
      const destination = destinationOf(provider);
      return destination !== undefined && places.some((place) => isAt(place, destination));
    },
  };
}

function isAt(place: CredentialHost, { host, port, isEncrypted }: Destination): boolean {
  const isPort = place.port === null || place.port === port;
  return place.host === host && isPort && (place.isEncrypted ?? isEncrypted) === isEncrypted;
}

/** What is wrong with a provider that names a credential, for the person who set it, or undefined. Repeats nothing. */
export function checkCredentialUse(provider: CredentialUse, hosts: CredentialHosts): string | undefined {
  if (provider.credentialName === null || hosts.isBound(provider)) return undefined;
  return hosts.isNamed(provider.credentialName)
    ? 'would send a credential to a host that it is not for; the operator can allow it in the catalog file or with SWITCHYARD_CREDENTIAL_HOSTS'
    : 'must be a credential that the operator has named in the catalog file or with SWITCHYARD_CREDENTIAL_HOSTS';
}
