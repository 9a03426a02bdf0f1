import type { Sha256 } from '../../../system/digest.ts';
import { packCandidate, unpackCandidate, type PackedCandidate } from '../candidate-codec.ts';
import { createCandidateList, type CandidateList, type Observed } from './candidate-list.ts';
import { unobserved, type Candidate, type Measures } from '../plan-input.ts';

/** Candidates that follow each other and share a provider. */
export type ProviderRun = [providerSlug: string, models: PackedCandidate[]];

/** The text of candidates: the JSON of their runs. */
export function encodeCandidates(candidates: readonly Candidate[]): string {
  // Put together from the texts of candidates, of which most are those of the call before.
  let text = '[';
  let runOf: string | undefined;
  for (const candidate of candidates) {
    const { providerSlug } = candidate;
    if (runOf === providerSlug) text += ',';
    else text += `${runOf === undefined ? '' : ']],'}[${JSON.stringify(providerSlug)},[`;
    text += candidateText(candidate);
    runOf = providerSlug;
  }
  return text + (runOf === undefined ? ']' : ']]]');
}

const candidateTexts = new WeakMap<Candidate, string>();

function candidateText(candidate: Candidate): string {
  const known = candidateTexts.get(candidate);
  if (known !== undefined) return known;
  const text = JSON.stringify(packCandidate(candidate));
  candidateTexts.set(candidate, text);
  return text;
}

/** The candidates of runs. */
export function unpackRuns(runs: readonly ProviderRun[]): Candidate[] {
  return runs.flatMap(([providerSlug, models]) =>
    models.map((model) => unpackCandidate(providerSlug, model)),
  );
}

/** A list of candidates as it is stored: once, under the SHA-256 of its text's UTF-8, lower-case hexadecimal. */
export interface StoredList {
  readonly sha256: string;
  readonly text: string;
}

const stored = new WeakMap<CandidateList, StoredList>();

/** What is stored of a list: worked out once. */
export function storedList(list: CandidateList, sha256: Sha256): StoredList {
  let made = stored.get(list);
  if (made === undefined) {
    const text = encodeCandidates(list.candidates);
    stored.set(list, (made = { sha256: sha256.hex(text), text }));
  }
  return made;
}

/** The list of a stored text. */
export function decodeCandidateList(text: string): CandidateList {
  return createCandidateList(unpackRuns(JSON.parse(text) as ProviderRun[]));
}

/** What is observed of a candidate, as positions; those at their default are cut off at the end. */
export type PackedObserved = [
  index: number,
  successesHundredths?: number,
  latencyRatioPermille?: number,
  failuresHundredths?: number,
  headroomPermille?: number,
  breakerRetryAfterMs?: number | null,
  coolDownMs?: number | null,
  hardDownMs?: number | null,
];

const fields = [
  'successesHundredths',
  'latencyRatioPermille',
  'failuresHundredths',
  'headroomPermille',
  'breakerRetryAfterMs',
  'coolDownMs',
  'hardDownMs',
] as const satisfies readonly (keyof Measures)[];

const measuresTexts = new WeakMap<Measures, string>();

/** The JSON of what is observed of the candidates of a list. */
export function encodeObserved(observed: readonly Observed[]): string {
  let text = '[';
  for (const { index, measures } of observed) {
    let known = measuresTexts.get(measures);
    if (known === undefined) measuresTexts.set(measures, (known = textOf(measures)));
    text += `${text === '[' ? '' : ','}[${index}${known}]`;
  }
  return `${text}]`;
}

/** Everything after the place. */
function textOf(measures: Measures): string {
  let count: number = fields.length;
  const isDefault = (field: keyof Measures | undefined) =>
    field !== undefined && measures[field] === unobserved[field];
  while (count > 0 && isDefault(fields[count - 1])) count -= 1;
  return fields
    .slice(0, count)
    .map((field) => `,${measures[field]}`)
    .join('');
}

/** What `encodeObserved` made a text of. */
export function unpackObserved(packed: readonly PackedObserved[]): Observed[] {
  return packed.map((values) => {
    const [
      index,
      successesHundredths = unobserved.successesHundredths,
      latencyRatioPermille = unobserved.latencyRatioPermille,
      failuresHundredths = unobserved.failuresHundredths,
      headroomPermille = unobserved.headroomPermille,
      breakerRetryAfterMs = unobserved.breakerRetryAfterMs,
      coolDownMs = unobserved.coolDownMs,
      hardDownMs = unobserved.hardDownMs,
    ] = values;
    const counts = { successesHundredths, failuresHundredths };
    const waits = { breakerRetryAfterMs, coolDownMs, hardDownMs };
    return { index, measures: { latencyRatioPermille, ...counts, headroomPermille, ...waits } };
  });
}
