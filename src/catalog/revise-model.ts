import { isModelSlug, MODEL_SLUG_FORM } from '../providers/model-key.ts';
import { InputReader, type Checked } from '../system/input/reader.ts';
import { anything, decimal, integer, line, oneOf, text, type Rule } from '../system/input/rules.ts';
import {
  MAX_CACHE_TTL_MS,
  MAX_CONCURRENT,
  MAX_EXPECTED_MS,
  MAX_PROBE_INTERVAL_MS,
  MAX_TIMEOUT_MS,
  MAX_TOKENS,
  MIN_CACHE_TTL_MS,
  MIN_PROBE_INTERVAL_MS,
  MIN_TIMEOUT_MS,
  PRIOR_FIRST_TOKEN_MS,
  PRIOR_MICROS_PER_OUTPUT_TOKEN,
} from './bounds.ts';
import type { ModelInput } from './input.ts';
import { capabilities, type Capability, type CatalogModel } from './model.ts';
import { checkPrices, revisePrices } from './prices/revise-prices.ts';
import { reviseAtsScores } from './revise-ats.ts';
import { effortsRule, maxTokensParameters, untold, type ModelTraits } from './traits.ts';

const slugRule = text(isModelSlug, MODEL_SLUG_FORM);
const tokensRule = integer(1, MAX_TOKENS);
const firstTokenRule = integer(0, MAX_EXPECTED_MS);
const perTokenRule = decimal(MAX_EXPECTED_MS, 3);
const timeoutRule = integer(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS);
const probeIntervalRule = integer(MIN_PROBE_INTERVAL_MS, MAX_PROBE_INTERVAL_MS);
const cacheTtlRule = integer(MIN_CACHE_TTL_MS, MAX_CACHE_TTL_MS);
const concurrentRule = integer(1, MAX_CONCURRENT);
const spaceRule = line(1, 200);
const complianceRule = decimal(1, 2);
const maxTokensParameterRule = oneOf(maxTokensParameters);

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
  const can = input.kept('capabilities', capabilitiesRule, current?.capabilities ?? [], []);
  const model: CatalogModel = {
    providerSlug: raw.providerSlug,
    slug: input.required('modelSlug', slugRule),
    enabled: input.kept('enabled', anything<boolean>(), current?.enabled ?? true),
    capabilities: can,
    contextWindowTokens: input.kept('contextWindowTokens', tokensRule, current?.contextWindowTokens),
    maxOutputTokens: input.kept(
      'maxOutputTokens',
      tokensRule,
      // What embeds writes no tokens at all.
      current?.maxOutputTokens ?? (can.includes('EMBEDDINGS') ? 1 : undefined),
    ),
    reasoningTokenFloor: input.nullable('reasoningTokenFloor', tokensRule, current?.reasoningTokenFloor),
    ...revisePrices(current, input),
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
    ...readTimes(input, current),
    embeddingSpace: input.nullable('embeddingSpace', spaceRule, current?.embeddingSpace),
    maxConcurrent: input.nullable('maxConcurrent', concurrentRule, current?.maxConcurrent),
    ...readTraits(input, current ?? untold),
    complianceScorePct: input.kept('complianceScore', complianceRule, current?.complianceScorePct ?? 0, 0),
    ats: current?.ats ?? [],
    archivedAt: null,
  };
  if (input.isSound()) {
    checkReasoning(model, input);
    checkSpace(model, input);
    checkPrices(model, input);
  }
  if (raw.ats === undefined) return input.checked(model);
  const ats = reviseAtsScores(model.ats, input.within(raw.ats ?? [], 'ats'), now);
  return input.checked({ ...model, ats });
}

/** When it is given up, asked how it does, and no longer counted on to remember. */
function readTimes(
  input: InputReader<ModelInput>,
  current: CatalogModel | null,
): Pick<CatalogModel, 'attemptTimeoutMs' | 'firstTokenTimeoutMs' | 'probeIntervalMs' | 'cacheTtlMs'> {
  return {
    attemptTimeoutMs: input.nullable('attemptTimeoutMs', timeoutRule, current?.attemptTimeoutMs),
    firstTokenTimeoutMs: input.nullable('firstTokenTimeoutMs', timeoutRule, current?.firstTokenTimeoutMs),
    probeIntervalMs: input.nullable('probeIntervalMs', probeIntervalRule, current?.probeIntervalMs),
    cacheTtlMs: input.nullable('cacheTtlMs', cacheTtlRule, current?.cacheTtlMs),
  };
}

function readTraits(input: InputReader<ModelInput>, current: ModelTraits): ModelTraits {
  const parameter = current.maxTokensParameter;
  return {
    efforts: input.nullable('efforts', effortsRule, current.efforts),
    samplingLocked: input.kept('samplingLocked', anything<boolean>(), current.samplingLocked, false),
    maxTokensParameter: input.nullable('maxTokensParameter', maxTokensParameterRule, parameter),
  };
}

/** Only vectors lie in a space. */
function checkSpace(
  { capabilities: can, embeddingSpace }: CatalogModel,
  input: InputReader<ModelInput>,
): void {
  if (embeddingSpace !== null && !can.includes('EMBEDDINGS')) {
    input.refuse('must be null without the capability EMBEDDINGS', 'embeddingSpace');
  }
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
