import type { Candidate, Measures } from '../plan-input.ts';

/**
 * The candidates of a catalog as it settles them alone, nothing being observed of any; in order of key. One object for
 * all calls that find the same: what is worked out of it is worked out once.
 */
export interface CandidateList {
  readonly candidates: readonly Candidate[];
}

/** What is observed of a candidate, and where in its list it stands, from 0. */
export interface Observed {
  readonly index: number;
  readonly measures: Measures;
}

/** How candidates came about: their list, and what was observed of some of them, in order of index. */
export interface Origin {
  readonly list: CandidateList;
  readonly observed: readonly Observed[];
}

const origins = new WeakMap<readonly Candidate[], Origin>();

/** A list of these candidates, of none of which anything is observed. Nobody may change the array any more. */
export function createCandidateList(candidates: readonly Candidate[]): CandidateList {
  const list = { candidates };
  origins.set(candidates, { list, observed: [] });
  return list;
}

/** The candidates of a list with what is observed of some of them, in order of index. */
export function withObserved(list: CandidateList, observed: readonly Observed[]): readonly Candidate[] {
  if (observed.length === 0) return list.candidates;
  const candidates = list.candidates.slice();
  for (const { index, measures } of observed) {
    const candidate = candidates[index];
    if (candidate === undefined) throw new RangeError(`A list of ${candidates.length} has no place ${index}`);
    candidates[index] = measured(candidate, measures);
  }
  origins.set(candidates, { list, observed });
  return candidates;
}

/** How candidates came about; undefined: not from a list. Whoever does not ask finds in them all that there is. */
export function originOf(candidates: readonly Candidate[]): Origin | undefined {
  return origins.get(candidates);
}

/** Of each candidate of a list the one that was made of it last: most calls observe what the call before did. */
const lastMeasured = new WeakMap<Candidate, Candidate>();

function measured(candidate: Candidate, measures: Measures): Candidate {
  const last = lastMeasured.get(candidate);
  if (last?.measures === measures) return last;
  const made = { ...candidate, measures };
  lastMeasured.set(candidate, made);
  return made;
}

/** Where in a list the models of a name stand: the one with this key, or all of the provider with this slug. */
type Places = ReadonlyMap<string, readonly number[]>;

const placesByName = new WeakMap<CandidateList, Places>();

/** The places in a list of all that are visited by their keys or their providers' slugs, each once and in order. */
export function placesAmong(
  list: CandidateList,
  visitEach: (visit: (keyOrSlug: string) => void) => void,
): number[] {
  let places = placesByName.get(list);
  if (places === undefined) placesByName.set(list, (places = placesOf(list)));
  const marks = new Uint8Array(list.candidates.length);
  visitEach((name) => {
    for (const index of places.get(name) ?? []) marks[index] = 1;
  });
  const marked: number[] = [];
  for (let index = marks.indexOf(1); index >= 0; index = marks.indexOf(1, index + 1)) marked.push(index);
  return marked;
}

function placesOf({ candidates }: CandidateList): Places {
  const places = new Map<string, number[]>();
  for (const [index, { key, providerSlug }] of candidates.entries()) {
    places.set(key, [index]);
    const ofProvider = places.get(providerSlug);
    if (ofProvider === undefined) places.set(providerSlug, [index]);
    else ofProvider.push(index);
  }
  return places;
}
