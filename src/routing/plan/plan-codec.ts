import type { Sha256 } from '../../system/digest.ts';
import { packCapabilities, unpackCapabilities } from './candidate-codec.ts';
import {
  encodeCandidates,
  encodeObserved,
  storedList,
  unpackObserved,
  unpackRuns,
  type PackedObserved,
  type ProviderRun,
  type StoredList,
} from './candidates/candidate-list-codec.ts';
import { originOf, withObserved, type CandidateList } from './candidates/candidate-list.ts';
import type { Candidate, PlanInput, RequestFacts, RequestNarrowing } from './plan-input.ts';
import { encodePolicy, unpackPolicy, type PackedPolicy } from './policy-codec.ts';

// A decision stores its plan input as JSON arrays, because forty candidates with named fields would fill a
// database. Positions are only ever appended, never moved or reused: texts of every age stay readable, and a
// text of a newer build still tells its planner version, which replay then refuses.
//
// In the place of its candidates a text may name their list, which is stored once for all decisions, with what was
// observed of some of them. It does so as a run without models, of a provider that there cannot be: to builds that know
// of no lists, which refuse its planner's version, it reads as a text without candidates.

/** The text that says all by itself; `decodePlanInput` gives an input that plans the same, byte for byte. */
export function encodePlanInput(input: PlanInput): string {
  return encodeWith(input, encodeCandidates(input.candidates));
}

/** A text that may name a list of candidates, and that list: to be stored before the text or with it. */
export interface ListedPlanInput {
  readonly planInput: string;
  readonly list: StoredList | null;
}

/** The same as short as it can be, where the candidates come from a list. */
export function encodeListed(input: PlanInput, sha256: Sha256): ListedPlanInput {
  const origin = originOf(input.candidates);
  if (origin === undefined) return { planInput: encodePlanInput(input), list: null };
  const list = storedList(origin.list, sha256);
  const named = `[["${LIST}${list.sha256}",[],${encodeObserved(origin.observed)}]]`;
  return { planInput: encodeWith(input, named), list };
}

/** Stands before the digest of a list; no slug has a colon. */
const LIST = 'sha256:';

function encodeWith(
  { plannerVersion, draw, request, policy, standInsServe, voters }: PlanInput,
  candidates: string,
): string {
  const head = `[${plannerVersion},${draw},${JSON.stringify(packRequest(request))},${encodePolicy(policy)}`;
  const tail = voters === undefined ? (standInsServe ? ',1]' : ']') : `,${standInsServe ? 1 : 0},${voters}]`;
  return `${head},${candidates}${tail}`;
}

/** The digest of the list that a text names; null: it says all by itself. */
export function listNamedIn(text: string): string | null {
  // Not within a text of the caller's: its quotation marks have a backslash before them.
  return /\[\["sha256:([0-9a-f]{64})",\[\],/.exec(text)?.[1] ?? null;
}

/**
 * The plan input of a text that this build or an earlier one wrote. Throws where it names a list that `listOf` does not
 * have: whoever expects none gives none.
 */
export function decodePlanInput(
  text: string,
  listOf: (sha256: string) => CandidateList | undefined = () => undefined,
): PlanInput {
  const packed = JSON.parse(text) as PackedPlanInput;
  const [plannerVersion, draw, request, policy, runs, serve = 0, voters] = packed;
  const [first] = runs;
  const candidates = isList(first) ? ofList(first, listOf) : unpackRuns(runs as ProviderRun[]);
  return {
    ...{ plannerVersion, draw, candidates },
    request: unpackRequest(request),
    policy: unpackPolicy(policy),
    standInsServe: serve === 1,
    ...(voters !== undefined && { voters }),
  };
}

function isList(run: ProviderRun | ListRun | undefined): run is ListRun {
  return run?.[0].startsWith(LIST) === true;
}

function ofList(
  [name, , observed]: ListRun,
  listOf: (sha256: string) => CandidateList | undefined,
): readonly Candidate[] {
  const list = listOf(name.slice(LIST.length));
  if (list === undefined) throw new Error(`The list of candidates ${name} is not stored`);
  return withObserved(list, unpackObserved(observed));
}

type PackedPlanInput = readonly [
  plannerVersion: number,
  draw: number | null,
  request: PackedRequest,
  policy: PackedPolicy,
  runs: readonly (ProviderRun | ListRun)[],
  standInsServe?: 0 | 1,
  voters?: number,
];

/** What stands for all runs of a list's candidates. */
type ListRun = [name: string, none: never[], observed: PackedObserved[]];

type PackedRequest = [
  taskType: string,
  estimatedInputTokens: number,
  maxOutputTokens: number | null,
  requires: string,
  models: readonly string[] | null,
  maxCostMicroUsd: number | null,
  timeoutMs: number,
  ...tail: PackedTail,
];

type PackedTail = [
  narrowing?: RequestNarrowing | null,
  affinity?: string | null,
  longestInputTokens?: number,
];

function packRequest(request: RequestFacts): PackedRequest {
  return [
    request.taskType,
    request.estimatedInputTokens,
    request.maxOutputTokens,
    packCapabilities(request.requires),
    request.models,
    request.maxCostMicroUsd,
    request.timeoutMs,
    ...tailOf(request),
  ];
}

/** What most requests do not have. */
function tailOf({ narrowing, affinity, embedding }: RequestFacts): PackedTail {
  if (embedding !== undefined) return [narrowing, affinity, embedding.longestInputTokens];
  if (affinity !== null) return [narrowing, affinity];
  return narrowing === null ? [] : [narrowing];
}

function unpackRequest(packed: PackedRequest): RequestFacts {
  const [
    taskType,
    estimatedInputTokens,
    maxOutputTokens,
    requires,
    models,
    maxCostMicroUsd,
    timeoutMs,
    narrowing = null,
    affinity = null,
    longestInputTokens,
  ] = packed;
  return {
    taskType,
    estimatedInputTokens,
    maxOutputTokens,
    requires: unpackCapabilities(requires),
    models,
    maxCostMicroUsd,
    timeoutMs,
    narrowing,
    affinity,
    ...(longestInputTokens !== undefined && { embedding: { longestInputTokens } }),
  };
}
