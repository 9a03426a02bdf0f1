import type { CatalogView } from '../../../catalog/catalog-view.ts';
import { createCandidateList, type CandidateList } from './candidate-list.ts';
import { unobserved } from '../plan-input.ts';

/** What of a call decides what a catalog's candidates are. */
export interface ListedFor {
  readonly taskType: string;
  /** Milliseconds since the epoch: whose prices hold. */
  readonly at: number;
  readonly inputTokens: number;
}

/** Lists that are kept of one version of the catalog, by what they were asked for: the ones asked for last. */
const MAX_LISTS = 32;

/** Everything in a version of the catalog by which candidates differ from call to call. */
interface CatalogLists {
  /** Those for which some model has a score of its own. */
  readonly taskTypes: ReadonlySet<string>;
  /** Instants from which on other prices hold, and lengths of input above which they do. Ascending. */
  readonly dates: readonly number[];
  readonly steps: readonly number[];
  readonly lists: Map<string, CandidateList>;
}

const known = new WeakMap<CatalogView, CatalogLists>();

/** The candidates of a catalog for a call, before anything is observed: the same object for all calls that find the same. */
export function candidateListOf(catalog: CatalogView, call: ListedFor): CandidateList {
  let lists = known.get(catalog);
  if (lists === undefined) known.set(catalog, (lists = openLists(catalog)));
  const name = nameOf(lists, call);
  let list = lists.lists.get(name);
  if (list === undefined) {
    list = listOf(catalog, call);
    const [oldest] = lists.lists.keys();
    if (lists.lists.size >= MAX_LISTS && oldest !== undefined) lists.lists.delete(oldest);
    lists.lists.set(name, list);
  }
  return list;
}

function openLists({ models }: CatalogView): CatalogLists {
  const tables = models.flatMap(({ prices }) => prices);
  const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  return {
    taskTypes: new Set(models.flatMap(({ model }) => model.ats.map(({ taskType }) => taskType))),
    dates: ascending(tables.map(({ from }) => from)),
    steps: ascending(tables.flatMap(({ list }) => list.map(({ aboveInputTokens }) => aboveInputTokens))),
    lists: new Map(),
  };
}

/** Calls of one name have the same candidates. */
function nameOf({ taskTypes, dates, steps }: CatalogLists, { taskType, at, inputTokens }: ListedFor): string {
  const dated = dates.findLastIndex((from) => from <= at);
  const step = steps.findLastIndex((above) => above < inputTokens);
  return `${dated} ${step} ${taskTypes.has(taskType) ? taskType : ''}`;
}

function listOf({ models }: CatalogView, { taskType, at, inputTokens }: ListedFor): CandidateList {
  return createCandidateList(
    models.map((model) => ({
      ...model.factsFor(at, inputTokens),
      atsBps: model.atsBps(taskType),
      measures: unobserved,
    })),
  );
}
