import type { DisabledCause } from '../../catalog/catalog-view.ts';
import type { PlannedCapability } from '../../catalog/planned-capabilities.ts';
import { modelKey } from '../../providers/model-key.ts';
import { unobserved, type Candidate } from './plan-input.ts';

/** A candidate as positions; the optional ones stand last, and those at their default are cut off. */
export type PackedCandidate = [
  modelSlug: string,
  capabilities: string,
  contextWindowTokens: number,
  maxOutputTokens: number,
  inputMicroUsdPerMillionTokens: number,
  outputMicroUsdPerMillionTokens: number,
  expectedFirstTokenMs: number,
  expectedMicrosPerOutputToken: number,
  complianceScorePct: number,
  atsBps: number | null,
  ...PackedOptions,
];

type PackedOptions = [
  successesHundredths?: number,
  latencyRatioPermille?: number,
  reasoningTokenFloor?: number | null,
  failuresHundredths?: number,
  headroomPermille?: number,
  attemptTimeoutMs?: number | null,
  disabledCause?: DisabledCause | null,
  breakerRetryAfterMs?: number | null,
  coolDownMs?: number | null,
  hardDownMs?: number | null,
];

const defaults: Required<PackedOptions> = [
  unobserved.successesHundredths,
  unobserved.latencyRatioPermille,
  null,
  unobserved.failuresHundredths,
  unobserved.headroomPermille,
  null,
  null,
  unobserved.breakerRetryAfterMs,
  unobserved.coolDownMs,
  unobserved.hardDownMs,
];

/** All of a candidate but its provider, which it shares with its neighbors. */
export function packCandidate(candidate: Candidate): PackedCandidate {
  const { measures } = candidate;
  const options: PackedOptions = [
    measures.successesHundredths,
    measures.latencyRatioPermille,
    candidate.reasoningTokenFloor,
    measures.failuresHundredths,
    measures.headroomPermille,
    candidate.attemptTimeoutMs,
    candidate.disabledCause,
    measures.breakerRetryAfterMs,
    measures.coolDownMs,
    measures.hardDownMs,
  ];
  while (options.length > 0 && options.at(-1) === defaults[options.length - 1]) options.pop();
  return [
    candidate.modelSlug,
    packCapabilities(candidate.capabilities),
    candidate.contextWindowTokens,
    candidate.maxOutputTokens,
    candidate.inputMicroUsdPerMillionTokens,
    candidate.outputMicroUsdPerMillionTokens,
    candidate.expectedFirstTokenMs,
    candidate.expectedMicrosPerOutputToken,
    candidate.complianceScorePct,
    candidate.atsBps,
    ...options,
  ];
}

/** The candidate that `packCandidate` packed. */
export function unpackCandidate(providerSlug: string, packed: PackedCandidate): Candidate {
  const [
    modelSlug,
    packedCapabilities,
    contextWindowTokens,
    maxOutputTokens,
    inputMicroUsdPerMillionTokens,
    outputMicroUsdPerMillionTokens,
    expectedFirstTokenMs,
    expectedMicrosPerOutputToken,
    complianceScorePct,
    atsBps,
    successesHundredths = unobserved.successesHundredths,
    latencyRatioPermille = unobserved.latencyRatioPermille,
    reasoningTokenFloor = null,
    failuresHundredths = unobserved.failuresHundredths,
    headroomPermille = unobserved.headroomPermille,
    attemptTimeoutMs = null,
    disabledCause = null,
    breakerRetryAfterMs = unobserved.breakerRetryAfterMs,
    coolDownMs = unobserved.coolDownMs,
    hardDownMs = unobserved.hardDownMs,
  ] = packed;
  return {
    providerSlug,
    modelSlug,
    key: modelKey(providerSlug, modelSlug),
    disabledCause,
    capabilities: unpackCapabilities(packedCapabilities),
    contextWindowTokens,
    maxOutputTokens,
    reasoningTokenFloor,
    inputMicroUsdPerMillionTokens,
    outputMicroUsdPerMillionTokens,
    expectedFirstTokenMs,
    expectedMicrosPerOutputToken,
    attemptTimeoutMs,
    complianceScorePct,
    atsBps,
    measures: {
      latencyRatioPermille,
      successesHundredths,
      failuresHundredths,
      headroomPermille,
      breakerRetryAfterMs,
      coolDownMs,
      hardDownMs,
    },
  };
}

const letters: Readonly<Record<PlannedCapability, string>> = {
  TOOLS: 't',
  VISION: 'v',
  JSON_SCHEMA: 'j',
  STREAMING: 's',
  REASONING: 'r',
  DOCUMENTS: 'd',
  AUDIO: 'a',
  STOP_SEQUENCES: 'q',
  FORCED_TOOLS: 'f',
  EMBEDDINGS: 'e',
  IMAGE_URLS: 'V',
  DOCUMENT_URLS: 'D',
  AUDIO_URLS: 'A',
};

const byLetter: ReadonlyMap<string, PlannedCapability> = new Map(
  Object.entries(letters).map(([capability, letter]) => [letter, capability as PlannedCapability]),
);

/** A letter for each capability, in the order given. */
export function packCapabilities(capabilities: readonly PlannedCapability[]): string {
  return capabilities.map((capability) => letters[capability]).join('');
}

/** What texts of letters were unpacked to: a page of decisions has the same few a thousand times. */
const unpacked = new Map<string, readonly PlannedCapability[]>();

/** More than models of a catalog have; whoever stored others can make this no larger. */
const MOST_UNPACKED = 1_000;

/** The capabilities of a text of letters; those of a newer build are left out. */
export function unpackCapabilities(packed: string): readonly PlannedCapability[] {
  const known = unpacked.get(packed);
  if (known !== undefined) return known;
  const capabilities = Array.from(packed, (letter) => byLetter.get(letter)).filter(
    (capability) => capability !== undefined,
  );
  if (unpacked.size >= MOST_UNPACKED) unpacked.clear();
  unpacked.set(packed, capabilities);
  return capabilities;
}
