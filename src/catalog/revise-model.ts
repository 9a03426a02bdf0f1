import type { InputIssue } from '../system/expected-error.ts';
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
import {
  createFieldReader,
  decimal,
  integer,
  oneOf,
  text,
  toggle,
  type Checked,
  type Revision,
} from './field-rules.ts';
import type { ModelInput } from './input.ts';
import { capabilities, type Capability, type CatalogModel } from './model.ts';
import { reviseAtsScores } from './revise-ats.ts';
import { isModelSlug, modelSlugForm } from './slugs.ts';

const slugRule = text(isModelSlug, modelSlugForm);
const tokensRule = integer(1, MAX_TOKENS);
const floorRule = integer(1, MAX_TOKENS);
const priceRule = decimal(MAX_USD_PER_MILLION_TOKENS, 6);
const firstTokenRule = integer(0, MAX_EXPECTED_MS);
const perTokenRule = decimal(MAX_EXPECTED_MS, 3);
const timeoutRule = integer(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS);
const probeIntervalRule = integer(MIN_PROBE_INTERVAL_MS, MAX_PROBE_INTERVAL_MS);
const complianceRule = decimal(1, 2);

/**
 * The model that an input makes of the present one (null: there is none yet, and its window, output limit and
 * prices must be given, because an absent price is not free). Naming an archived model brings it back.
 */
export function reviseModel(
  current: CatalogModel | null,
  input: ModelInput,
  now: number,
): Revision<CatalogModel> {
  const { issues, read } = createFieldReader(input);
  const model: CatalogModel = {
    providerSlug: input.providerSlug,
    slug: read('modelSlug', slugRule, { kept: undefined }),
    enabled: read('enabled', toggle, { kept: current?.enabled ?? true }),
    capabilities: read('capabilities', checkCapabilities, { kept: current?.capabilities ?? [], cleared: [] }),
    contextWindowTokens: read('contextWindowTokens', tokensRule, { kept: current?.contextWindowTokens }),
    maxOutputTokens: read('maxOutputTokens', tokensRule, { kept: current?.maxOutputTokens }),
    reasoningTokenFloor: read('reasoningTokenFloor', floorRule, nullable(current?.reasoningTokenFloor)),
    inputMicroUsdPerMillionTokens: read('inputUsdPerMillionTokens', priceRule, {
      kept: current?.inputMicroUsdPerMillionTokens,
    }),
    outputMicroUsdPerMillionTokens: read('outputUsdPerMillionTokens', priceRule, {
      kept: current?.outputMicroUsdPerMillionTokens,
    }),
    expectedFirstTokenMs: read('expectedFirstTokenMs', firstTokenRule, {
      kept: current?.expectedFirstTokenMs ?? PRIOR_FIRST_TOKEN_MS,
      cleared: PRIOR_FIRST_TOKEN_MS,
    }),
    expectedMicrosPerOutputToken: read('expectedMsPerOutputToken', perTokenRule, {
      kept: current?.expectedMicrosPerOutputToken ?? PRIOR_MICROS_PER_OUTPUT_TOKEN,
      cleared: PRIOR_MICROS_PER_OUTPUT_TOKEN,
    }),
    attemptTimeoutMs: read('attemptTimeoutMs', timeoutRule, nullable(current?.attemptTimeoutMs)),
    firstTokenTimeoutMs: read('firstTokenTimeoutMs', timeoutRule, nullable(current?.firstTokenTimeoutMs)),
    probeIntervalMs: read('probeIntervalMs', probeIntervalRule, nullable(current?.probeIntervalMs)),
    complianceScorePct: read('complianceScore', complianceRule, {
      kept: current?.complianceScorePct ?? 0,
      cleared: 0,
    }),
    ats: current?.ats ?? [],
    archivedAt: null,
  };
  if (issues.length === 0) issues.push(...checkReasoning(model));
  const ats = input.ats === undefined ? undefined : reviseAtsScores(model.ats, input.ats ?? [], now);
  if (ats?.ok === false)
    issues.push(...ats.issues.map((issue) => ({ ...issue, path: ['ats', ...issue.path] })));
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, value: ats?.ok ? { ...model, ats: ats.value } : model };
}

function nullable(kept: number | null | undefined): { readonly kept: number | null; readonly cleared: null } {
  return { kept: kept ?? null, cleared: null };
}

function checkCapabilities(names: readonly string[]): Checked<readonly Capability[]> {
  const known = oneOf(capabilities);
  for (const name of names) {
    const checked = known(name);
    if ('fault' in checked) return { fault: `each ${checked.fault}` };
  }
  // In the order of the vocabulary and each once, so that equal sets are equal lists.
  return { value: capabilities.filter((capability) => names.includes(capability)) };
}

/** A model reasons exactly when it has a floor, and the floor leaves room for an answer. */
function checkReasoning(model: CatalogModel): InputIssue[] {
  const path = ['reasoningTokenFloor'];
  const reasons = model.capabilities.includes('REASONING');
  if (model.reasoningTokenFloor === null) {
    return reasons ? [{ path, message: 'is required by the capability REASONING' }] : [];
  }
  if (!reasons) return [{ path, message: 'must be null without the capability REASONING' }];
  return model.reasoningTokenFloor < model.maxOutputTokens
    ? []
    : [{ path, message: 'must be less than maxOutputTokens: an answer needs tokens too' }];
}
