import { createCatalogService, type CatalogService } from '../catalog/catalog.service.ts';
import type { SourceDocument } from '../catalog/source/catalog-source.ts';
import { hostsOfCredentials } from '../catalog/described-hosts.ts';
import { readCredentials } from '../catalog/credentials.node.ts';
import { readSourceDocument } from '../catalog/source/source-document.node.ts';
import type { Config, Environment } from '../config/config.ts';
import { nodeSha256 as sha256 } from '../system/digest.node.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { StartError } from '../system/start-error.ts';
import type { Ground } from './ground.ts';

/** The catalog with the operator's file applied, and the credentials that may be sent where it says. */
export async function openCatalog(config: Config, environment: Environment, ground: Ground) {
  const source = readSourceDocument(config.catalogPath);
  const secrets = {
    credentials: readCredentials(environment, config.credentialsDir),
    hosts: hostsOfCredentials([readSourceDocument(null), source], config.credentialHosts),
  };
  const outbound = { privateAddresses: config.privateAddresses };
  const catalog = ground.stack.use(await createCatalogService({ ...ground, sha256, secrets, outbound }));
  await applyCatalog(catalog, source);
  return catalog;
}

async function applyCatalog(catalog: CatalogService, source: SourceDocument): Promise<void> {
  try {
    await catalog.applySource(source);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new StartError(`The catalog is not sound: ${cause.message}.`, { cause });
  }
}
