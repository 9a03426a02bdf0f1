import type { OutboundRule } from '../../providers/base-url.ts';
import type { InputIssue } from '../../system/input/issues.ts';
import type { Catalog } from '../model.ts';
import { parseCatalogFile } from './catalog-file.ts';
import { applySource, type SourceDocument } from './catalog-source.ts';
import { isWithin } from './sound-rest.ts';

/** What there is before a source is applied for the first time. */
const emptyCatalog: Catalog = { version: 0, providers: [], models: [] };

/**
 * All that an operator has to mend of a source before it can be applied to a catalog: the faults of its shape and, of
 * what else it says, those of its values. Without a catalog it is judged as the first one.
 */
export function judgeSource(
  { content, atsSource }: SourceDocument,
  now: number,
  outbound: OutboundRule,
  catalog: Catalog = emptyCatalog,
): readonly InputIssue[] {
  const parsed = parseCatalogFile(content, atsSource);
  const shape = parsed.ok ? [] : parsed.issues;
  const source = parsed.ok ? parsed.value : parsed.rest;
  const judged = source === undefined ? undefined : applySource(catalog, source, now, outbound);
  if (judged === undefined || judged.ok) return shape;
  return [...shape, ...judged.issues.filter((issue) => !isWithin(issue, shape))];
}
