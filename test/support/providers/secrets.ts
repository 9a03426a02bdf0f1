import type { ProviderSecrets } from '../../../src/catalog/credentials.ts';

/** These secrets, which may be sent anywhere. */
export function secretsForAnywhere(secrets: Readonly<Record<string, string>> = {}): ProviderSecrets {
  return {
    credentials: { get: (name) => secrets[name] },
    hosts: { isNamed: () => true, isBound: () => true },
  };
}
