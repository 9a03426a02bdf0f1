import { readFileSync } from 'node:fs';
import { StartError } from '../../system/start-error.ts';
import { atsSources, type SourceDocument } from './catalog-source.ts';

const BUILT_IN = new URL('./builtin.yaml', import.meta.url);

/** The operator's catalog file, or the built-in catalog when there is none. Throws StartError when it cannot be read. */
export function readSourceDocument(path: string | null): SourceDocument {
  if (path === null) return { content: readFileSync(BUILT_IN, 'utf8'), atsSource: atsSources.builtIn };
  return { content: readText(path), atsSource: atsSources.file };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StartError(`The catalog file cannot be read: ${(cause as Error).message}.`, { cause });
  }
}
