import { isModelSlug, MODEL_SLUG_FORM } from '../providers/model-key.ts';
import { InputReader, type Checked } from '../system/input/reader.ts';
import { anything, decimal, integer, text, type Rule } from '../system/input/rules.ts';
import {
  MAX_EXPECTED_MS,
  MAX_PROBE_INTERVAL_MS,
  MAX_TIMEOUT_MS,
  MAX_TOKENS,
  MAX_USD_PER_MILLION_TOKENS,
  MIN_PROBE_INTERVAL_MS,
  MIN_TIMEOUT_MS,
  PRIOR_FIRST_TOKEN_MS,
  PRIOR_MICROS_PER_OUTPUT_TOKEN,
} from './bounds.ts';
import type { ModelInput } from './input.ts';
import { capabilities, type Capability, type CatalogModel } from './model.ts';
import { reviseAtsScores } from './revise-ats.ts';

const slugRule = text(isModelSlug, MODEL_SLUG_FORM);
const tokensRule = integer(1, MAX_TOKENS);
const priceRule = decimal(MAX_USD_PER_MILLION_TOKENS, 6);
const firstTokenRule = integer(0, MAX_EXPECTED_MS);
const perTokenRule = decimal(MAX_EXPECTED_MS, 3);
const timeoutRule = integer(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS);
const probeIntervalRule = integer(MIN_PROBE_INTERVAL_MS, MAX_PROBE_INTERVAL_MS);
const complianceRule = decimal(1, 2);

const capabilitiesRule: Rule<readonly string[], readonly Capability[]> = {
  read(names) {
    const known: readonly string[] = capabilities;
    if (!names.every((name) => known.includes(name))) return undefined;
    // In the order of the vocabulary and each once, so that equal sets are equal lists.
    return capabilities.filter((capability) => names.includes(capability));
  },
  message: `each must be one of ${capabilities.join(', ')}`,
};

/**
 * The model that an input makes of the present one (null: there is none yet, and its window, output limit and
 * prices must be given, because an absent price is not free). Naming an archived model brings it back.
 */
export function reviseModel(
  current: CatalogModel | null,
  raw: ModelInput,
  now: number,
): Checked<CatalogModel> {
  const input = new InputReader(raw);
  const model: CatalogModel = {
    providerSlug: raw.providerSlug,
    slug: input.required('modelSlug', slugRule),
    enabled: input.kept('enabled', anything<boolean>(), current?.enabled ?? true),
    capabilities: input.kept('capabilities', capabilitiesRule, current?.capabilities ?? [], []),
    contextWindowTokens: input.kept('contextWindowTokens', tokensRule, current?.contextWindowTokens),
    maxOutputTokens: input.kept('maxOutputTokens', tokensRule, current?.maxOutputTokens),
    reasoningTokenFloor: input.nullable('reasoningTokenFloor', tokensRule, current?.reasoningTokenFloor),
    inputMicroUsdPerMillionTokens: input.kept(
      'inputUsdPerMillionTokens',
      priceRule,
      current?.inputMicroUsdPerMillionTokens,
    ),
    outputMicroUsdPerMillionTokens: input.kept(
      'outputUsdPerMillionTokens',
      priceRule,
      current?.outputMicroUsdPerMillionTokens,
    ),
    expectedFirstTokenMs: input.kept(
      'expectedFirstTokenMs',
      firstTokenRule,
      current?.expectedFirstTokenMs ?? PRIOR_FIRST_TOKEN_MS,
      PRIOR_FIRST_TOKEN_MS,
    ),
    expectedMicrosPerOutputToken: input.kept(
      'expectedMsPerOutputToken',
      perTokenRule,
      current?.expectedMicrosPerOutputToken ?? PRIOR_MICROS_PER_OUTPUT_TOKEN,
      PRIOR_MICROS_PER_OUTPUT_TOKEN,
    ),
    attemptTimeoutMs: input.nullable('attemptTimeoutMs', timeoutRule, current?.attemptTimeoutMs),
    firstTokenTimeoutMs: input.nullable('firstTokenTimeoutMs', timeoutRule, current?.firstTokenTimeoutMs),
    probeIntervalMs: input.nullable('probeIntervalMs', probeIntervalRule, current?.probeIntervalMs),
    complianceScorePct: input.kept('complianceScore', complianceRule, current?.complianceScorePct ?? 0, 0),
    ats: current?.ats ?? [],
    archivedAt: null,
  };
  if (input.isSound()) checkReasoning(model, input);
  if (raw.ats === undefined) return input.checked(model);
  const ats = reviseAtsScores(model.ats, input.within(raw.ats ?? [], 'ats'), now);
  return input.checked({ ...model, ats });
}

/** A model reasons exactly when it has a floor, and the floor leaves room for an answer. */
function checkReasoning(
  { capabilities: can, reasoningTokenFloor: floor, maxOutputTokens }: CatalogModel,
  input: InputReader<ModelInput>,
): void {
  const refuse = (message: string) => input.refuse(message, 'reasoningTokenFloor');
  const reasons = can.includes('REASONING');
  if (floor === null) {
    if (reasons) refuse('is required by the capability REASONING');
  } else if (!reasons) refuse('must be null without the capability REASONING');
  else if (floor >= maxOutputTokens) {
    refuse('must be less than maxOutputTokens: an answer needs tokens too');
  }
}
