/** A model's key is `provider/model`, split at its first slash: model slugs may contain slashes themselves. */
export function modelKey(providerSlug: string, modelSlug: string): string {
  return `${providerSlug}/${modelSlug}`;
}

/** The two slugs of a key, or undefined when it has no slash or an empty side. */
export function splitModelKey(key: string): { providerSlug: string; modelSlug: string } | undefined {
  const slash = key.indexOf('/');
  if (slash <= 0 || slash === key.length - 1) return undefined;
  return { providerSlug: key.slice(0, slash), modelSlug: key.slice(slash + 1) };
}

const PROVIDER_SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

// `*` is what patterns of model keys are made of.
const MODEL_SLUG = /^[!-)+-~]{1,200}$/;

/** What a provider may be called; finishes "must be …". */
export const PROVIDER_SLUG_FORM =
  'lower-case letters, digits and hyphens, at most 63, a letter or digit first';

/** What a model may be called at its provider; finishes "must be …". */
export const MODEL_SLUG_FORM = '1 to 200 printable ASCII characters without spaces and without *';

/** Whether a text can name a provider. */
export function isProviderSlug(text: string): boolean {
  return PROVIDER_SLUG.test(text);
}

/** Whether a text can name a model of a provider. */
export function isModelSlug(text: string): boolean {
  return MODEL_SLUG.test(text);
}
