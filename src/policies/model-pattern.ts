// `provider/model` names one model, `provider/*` all of a provider's; split at the first slash like a key. Slugs
// are as the catalog's: a provider's has no slash, a model's is printable ASCII without space and asterisk.
const PATTERN = /^[a-z0-9][a-z0-9-]{0,62}\/(?:\*|[!-)+-~]{1,200})$/;

/** Whether a text can name models in a policy or a request. Says nothing about whether such models exist. */
export function isModelPattern(text: string): boolean {
  return PATTERN.test(text);
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
