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
