import type { CredentialHosts, CredentialUse } from './credential-hosts.ts';

/**
 * The secrets that providers ask for, by the name that a catalog entry gives. They are read when the process
 * starts and go nowhere but to their provider.
 */
export interface Credentials {
  /** The secret of that name; undefined when there is none or it is empty. */
  get(name: string): string | undefined;
}

/** The secrets, and where each of them may be sent. */
export interface ProviderSecrets {
  readonly credentials: Credentials;
  readonly hosts: CredentialHosts;
}

/** The secret that a provider is called with; undefined when it names none, it is missing, or not for where it is. */
export function secretOf(
  provider: CredentialUse,
  { credentials, hosts }: ProviderSecrets,
): string | undefined {
  if (provider.credentialName === null || !hosts.isBound(provider)) return undefined;
  return credentials.get(provider.credentialName);
}

const CREDENTIAL_NAME = /^(?!SWITCHYARD_)(?!.*_URL$)[A-Z][A-Z0-9_]{2,63}$/;

/** The form of a credential's name, for messages: finishes "must be …". */
export const CREDENTIAL_NAME_FORM =
  'the name of an environment variable or mounted file ([A-Z][A-Z0-9_]{2,63}, neither SWITCHYARD_… nor …_URL), never the secret itself';

/** Whether a text can name a credential. The product's own settings and connection URLs are not offered as secrets. */
export function isCredentialName(name: string): boolean {
  return CREDENTIAL_NAME.test(name);
}
