import { isProviderSlug } from '../../providers/model-key.ts';
import { hasAtMostValues } from '../../system/input/nesting.ts';
import type { InputReader } from '../../system/input/reader.ts';
import { isJsonObject, type JsonObject } from '../../system/json.ts';
import { refusalOf } from './refused-options.ts';
import type { RawRouteInput } from './raw-route-input.ts';

const MAX_PROVIDERS = 16;
/** Values of one provider's options, names included. */
const MAX_VALUES = 1000;

/** What each provider's adapter is told as it is, by the provider's slug; null: nothing. */
export function parseProviderOptions(
  input: InputReader<RawRouteInput>,
): Readonly<Record<string, JsonObject>> | null {
  const { providerOptions: raw } = input.raw;
  if (raw == null) return null;
  if (!isJsonObject(raw)) {
    input.refuse('must be a JSON object of one object for each provider slug', 'providerOptions');
    return null;
  }
  const entries = Object.entries(raw);
  if (entries.length > MAX_PROVIDERS) {
    input.refuse(`must be of at most ${MAX_PROVIDERS} providers`, 'providerOptions');
    return null;
  }
  return Object.fromEntries(
    entries.map(([slug, options]) => {
      if (!isProviderSlug(slug)) input.refuse('must be the slug of a provider', 'providerOptions', slug);
      else if (!isJsonObject(options)) input.refuse('must be a JSON object', 'providerOptions', slug);
      else if (!hasAtMostValues(options, MAX_VALUES)) {
        input.refuse(`must have at most ${MAX_VALUES} values, names included`, 'providerOptions', slug);
      } else {
        for (const [name, value] of Object.entries(options)) {
          const refusal = refusalOf(name, value);
          if (refusal !== undefined) input.refuse(refusal, 'providerOptions', slug, name);
        }
      }
      return [slug, isJsonObject(options) ? options : {}];
    }),
  );
}
