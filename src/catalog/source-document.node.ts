import { readFileSync } from 'node:fs';
import { atsSources, type SourceDocument } from './catalog-source.ts';

const BUILT_IN = new URL('./builtin.yaml', import.meta.url);

/** The operator's catalog file, or the built-in catalog when there is none. Throws when the file cannot be read. */
export function readSourceDocument(path: string | null): SourceDocument {
  if (path === null) return { content: readFileSync(BUILT_IN, 'utf8'), atsSource: atsSources.builtIn };
  return { content: readFileSync(path, 'utf8'), atsSource: atsSources.file };
}
