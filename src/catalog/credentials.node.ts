import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isCredentialName, type Credentials } from './credentials.ts';

/**
 * Credentials from environment variables and, where there is no such variable, from the files of a directory
 * (one file a credential, its name the credential's; a trailing newline is not part of it). Files are read here
 * and now. Throws when the directory or one of its credentials cannot be read.
 */
export function readCredentials(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string | null,
): Credentials {
  const files = directory === null ? new Map<string, string>() : readDirectory(directory);
  return {
    get(name) {
      if (!isCredentialName(name)) return undefined;
      return environment[name] || files.get(name) || undefined;
    },
  };
}

function readDirectory(directory: string): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    // Mounted secrets lie beside directories of their mounter's own; links are followed.
    if (!isCredentialName(name) || !statSync(path).isFile()) continue;
    secrets.set(name, readFileSync(path, 'utf8').replace(/\r?\n$/, ''));
  }
  return secrets;
}
