import { isModelSlug, isProviderSlug, splitModelKey } from '../providers/model-key.ts';

/** As long as the longest slugs of both sides. */
const MAX_PATTERN_LENGTH = 300;

/**
 * Whether a text can name models in a policy or a request: `provider/model` names one, `provider/*` all of a
 * provider's. Says nothing about whether such models exist.
 */
export function isModelPattern(text: string): boolean {
  if (text.length > MAX_PATTERN_LENGTH) return false;
  const key = splitModelKey(text);
  if (key === undefined || !isProviderSlug(key.providerSlug)) return false;
  return key.modelSlug === '*' || isModelSlug(key.modelSlug);
}

/** Whether a model is among those that some patterns name. */
export type Matcher = (providerSlug: string, key: string) => boolean;

/** Patterns made ready for many models, so that each takes the same time however many patterns there are. */
export function matcherOf(patterns: readonly string[]): Matcher {
  const keys = new Set(patterns);
  const wholeProviders = new Set(
    patterns.filter((text) => text.endsWith('/*')).map((text) => text.slice(0, -2)),
  );
  return (providerSlug, key) => keys.has(key) || wholeProviders.has(providerSlug);
}
