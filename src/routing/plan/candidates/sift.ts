import { packCapabilities } from '../candidate-codec.ts';
import { originOf, type CandidateList, type Observed } from './candidate-list.ts';
import { createStandingExaminer, type StandingInput } from '../eligibility.ts';
import type { Candidate, PlanInput } from '../plan-input.ts';
import type { RejectedCandidate } from '../plan.ts';

/** Candidates parted into those with a standing reason against them and the others. Both in order of place. */
export interface Sifted {
  /** The places, among all candidates, of those that may be eligible. */
  readonly openAt: readonly number[];
  readonly rejected: readonly RejectedCandidate[];
  /** The place of each of the rejected. */
  readonly rejectedAt: readonly number[];
}

/** A rejection, and the place of its candidate among all. */
export interface RejectedAt {
  readonly at: number;
  readonly rejection: RejectedCandidate;
}

/**
 * Parts the candidates of a plan. Of those that come from a list it is worked out once for all calls for which the
 * same stands: they look at nothing but what may be chosen.
 */
export function sift(input: StandingInput & Pick<PlanInput, 'candidates'>): Sifted {
  const { candidates } = input;
  const origin = originOf(candidates);
  if (origin === undefined) return siftEach(candidates, input);
  const standing = standingOf(origin.list, input);
  return { ...standing, rejected: replaceObserved(standing, candidates, origin.observed) };
}

/** All rejections in order of place: those that stand and, in that order as well, others. */
export function withRejected(
  { rejected, rejectedAt }: Sifted,
  others: readonly RejectedAt[],
): readonly RejectedCandidate[] {
  if (others.length === 0) return rejected;
  const all: RejectedCandidate[] = [];
  let taken = 0;
  for (const { at, rejection } of others) {
    const end = endBefore(rejectedAt, at, taken);
    while (taken < end) all.push(rejected[taken++] as RejectedCandidate);
    all.push(rejection);
  }
  while (taken < rejected.length) all.push(rejected[taken++] as RejectedCandidate);
  return all;
}

/** How many of the rejected stand before a place, of which `taken` are known to. */
function endBefore(rejectedAt: readonly number[], at: number, taken: number): number {
  let end = taken;
  while (end < rejectedAt.length && (rejectedAt[end] as number) < at) end += 1;
  return end;
}

/** Sifted candidates of a list, and which of the rejected stands at a place; -1: it is open. */
interface Standing extends Sifted {
  readonly rejectedIndex: Int32Array;
}

/** What is kept for a list: what its calls asked for last. */
const MAX_STANDING = 32;

const known = new WeakMap<CandidateList, Map<string, Standing>>();

function standingOf(list: CandidateList, input: StandingInput): Standing {
  let byName = known.get(list);
  if (byName === undefined) known.set(list, (byName = new Map<string, Standing>()));
  const name = nameOf(input);
  let standing = byName.get(name);
  if (standing === undefined) {
    const sifted = siftEach(list.candidates, input);
    const rejectedIndex = new Int32Array(list.candidates.length).fill(-1);
    for (const [index, at] of sifted.rejectedAt.entries()) rejectedIndex[at] = index;
    standing = { ...sifted, rejectedIndex };
    const [oldest] = byName.keys();
    if (byName.size >= MAX_STANDING && oldest !== undefined) byName.delete(oldest);
    byName.set(name, standing);
  }
  return standing;
}

/** Inputs of one name have the same standing reasons against the candidates of a list. */
function nameOf({ plannerVersion, standInsServe, request, policy }: StandingInput): string {
  const { requires, models, embedding } = request;
  const asks = `${packCapabilities(requires)} ${embedding === undefined ? '' : 'e'} ${patternsOf(models)}`;
  const rules = `${policy.complianceVetoThresholdPct} ${patternsOf(policy.allowedModels)} ${patternsOf(policy.deniedModels)}`;
  return `${plannerVersion} ${standInsServe ? 's' : ''} ${asks} ${rules}`;
}

const patternTexts = new WeakMap<readonly string[], string>();

/** A list of patterns as JSON: those of a policy are the same objects in many calls. */
function patternsOf(patterns: readonly string[] | null): string {
  if (patterns === null) return 'null';
  let text = patternTexts.get(patterns);
  if (text === undefined) patternTexts.set(patterns, (text = JSON.stringify(patterns)));
  return text;
}

function siftEach(candidates: readonly Candidate[], input: StandingInput): Sifted {
  const examine = createStandingExaminer(input);
  const openAt: number[] = [];
  const rejected: RejectedCandidate[] = [];
  const rejectedAt: number[] = [];
  for (const [at, candidate] of candidates.entries()) {
    const rejection = examine(candidate);
    if (rejection === null) openAt.push(at);
    else {
      rejected.push(rejection);
      rejectedAt.push(at);
    }
  }
  return { openAt, rejected, rejectedAt };
}

/** No standing reason depends on what is observed; a rejection shows its candidate all the same. */
function replaceObserved(
  { rejected, rejectedIndex }: Standing,
  candidates: readonly Candidate[],
  observed: readonly Observed[],
): readonly RejectedCandidate[] {
  let replaced: RejectedCandidate[] | undefined;
  for (const { index: at } of observed) {
    const index = rejectedIndex[at] ?? -1;
    if (index < 0) continue;
    replaced ??= rejected.slice();
    replaced[index] = { ...(rejected[index] as RejectedCandidate), candidate: candidates[at] as Candidate };
  }
  return replaced ?? rejected;
}
