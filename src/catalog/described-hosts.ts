import { parseCatalogFile } from './source/catalog-file.ts';
import type { SourceDocument } from './source/catalog-source.ts';
import { createCredentialHosts, type CredentialHosts, type ListedHosts } from './credential-hosts.ts';

/**
 * Which credential may go where, by catalogs as they are written and a list. A text that cannot be read names nothing;
 * what is wrong with it is told when it is applied.
 */
export function hostsOfCredentials(
  documents: readonly SourceDocument[],
  listed: ListedHosts,
): CredentialHosts {
  const providers = documents.flatMap(({ content, atsSource }) => {
    const parsed = parseCatalogFile(content, atsSource);
    return parsed.ok ? parsed.value.providers.map(({ provider }) => provider) : [];
  });
  return createCredentialHosts(providers, listed);
}
