import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { Adapter } from '../../providers/provider.ts';
import type { JsonObject, JsonValue } from '../../system/json.ts';
import { MOST_PROVIDERS, speakersOf } from '../common/speakers.ts';

/** A parameter that only some providers are told, and by slug which are. */
export interface HandedOn {
  readonly name: string;
  readonly providers: readonly string[];
}

/**
 * Which adapter has an option for a parameter, and by what name. OpenAI's own models are called through Responses, which
 * have no `logit_bias` and no `prediction`: whoever else speaks Chat Completions gets those as they are.
 */
const options: Readonly<Record<string, readonly [adapter: Adapter, option: string]>> = {
  logit_bias: ['openai-compatible', 'logit_bias'],
  prediction: ['openai-compatible', 'prediction'],
  verbosity: ['openai', 'textVerbosity'],
  prompt_cache_retention: ['openai', 'promptCacheRetention'],
  prompt_cache_options: ['openai', 'promptCacheOptions'],
};

/** Options by provider for what a caller says beyond the common words, and who is told what. */
export function handOn(
  passed: Readonly<Record<string, JsonValue>> | undefined,
  catalog: CatalogView,
): { readonly providerOptions: JsonObject | undefined; readonly handedOn: readonly HandedOn[] } {
  const told = new Map<string, Record<string, JsonValue>>();
  const handedOn: HandedOn[] = [];
  for (const [name, value] of Object.entries(passed ?? {})) {
    const place = options[name];
    if (place === undefined) throw new Error(`Nobody is named who takes the parameter ${name}.`);
    const [adapter, option] = place;
    const providers: string[] = [];
    for (const slug of speakersOf(catalog, adapter)) {
      if (!told.has(slug) && told.size >= MOST_PROVIDERS) break;
      told.set(slug, { ...told.get(slug), [option]: value });
      providers.push(slug);
    }
    handedOn.push({ name, providers });
  }
  return { providerOptions: told.size === 0 ? undefined : Object.fromEntries(told), handedOn };
}
