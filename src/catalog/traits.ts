import { reasoningEfforts, type ReasoningEffort } from '../providers/message.ts';
import type { Rule } from '../system/input/rules.ts';

/** The names that the output budget has on Chat Completions, in the spelling of that API. */
export const maxTokensParameters = ['max_tokens', 'max_completion_tokens'] as const;

export type MaxTokensParameter = (typeof maxTokensParameters)[number];

/**
 * How a model wants to be asked, beyond what its adapter knows of every model. No plan depends on it: what a model does
 * not take of a caller's hints is adapted when it is called.
 */
export interface ModelTraits {
  /** The reasoning efforts that it takes, from the least to the most; null: not known, any may be tried. */
  readonly efforts: readonly ReasoningEffort[] | null;
  /** It takes no temperature, top_p or other parameter of sampling. */
  readonly samplingLocked: boolean;
  /** What its output budget is called on Chat Completions; null: as its adapter does. */
  readonly maxTokensParameter: MaxTokensParameter | null;
}

/** The traits of a model of which none are told. */
export const untold: ModelTraits = Object.freeze({
  efforts: null,
  samplingLocked: false,
  maxTokensParameter: null,
});

/** A model's traits alone. */
export function traitsOf({ efforts, samplingLocked, maxTokensParameter }: ModelTraits): ModelTraits {
  return Object.freeze({ efforts, samplingLocked, maxTokensParameter });
}

/** What `efforts` of an input may be. */
export const effortsRule: Rule<readonly string[], readonly ReasoningEffort[]> = {
  read(names) {
    const known: readonly string[] = reasoningEfforts;
    if (!names.every((name) => known.includes(name))) return undefined;
    // In the order of the vocabulary and each once, so that equal sets are equal lists.
    return reasoningEfforts.filter((effort) => names.includes(effort));
  },
  message: `each must be one of ${reasoningEfforts.join(', ')}`,
};

/** Efforts as they are stored, words between spaces: an array in the database could be empty, but not absent. */
export function packEfforts(efforts: ModelTraits['efforts']): string | null {
  return efforts === null ? null : efforts.join(' ');
}

/** The efforts of a stored text; those of a newer build are left out. */
export function unpackEfforts(packed: string | null): ModelTraits['efforts'] {
  if (packed === null) return null;
  const words = packed.split(' ');
  return reasoningEfforts.filter((effort) => words.includes(effort));
}
