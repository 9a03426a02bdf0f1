import type { JsonObject } from '../../../system/json.ts';
import type { ProviderRequest } from '../../provider.ts';

/** What a provider's SDK calls hints that have no common name. */
export interface WishNames {
  /** The option that says whether tools may be called in parallel, and whether it says so or the opposite; null: there is none. */
  readonly parallelToolCalls: { readonly option: string; readonly isOpposite?: true } | null;
  /** The option that takes the caller's own user, or a field of it, and how long and of what kind that may be; null: there is none. */
  readonly endUser: {
    readonly option: string;
    readonly field?: string;
    readonly maxCharacters: number;
    /** What ids may look like; absent: like anything. */
    readonly pattern?: RegExp;
  } | null;
}

/** The options of a provider that say what the caller wished, and what could not be said. */
export function adaptWishes(
  { parallelToolCalls, endUserId, tools }: ProviderRequest,
  names: WishNames,
): { readonly options: JsonObject; readonly notices: readonly string[] } {
  const options: Record<string, JsonObject[string]> = {};
  const notices: string[] = [];
  // Without tools there is nothing to call, and some providers refuse to be told how.
  if (parallelToolCalls !== undefined && tools.length > 0) {
    const { option, isOpposite = false } = names.parallelToolCalls ?? {};
    if (option !== undefined) options[option] = isOpposite ? !parallelToolCalls : parallelToolCalls;
    else if (!parallelToolCalls) notices.push(noticeOfParallel);
  }
  if (endUserId !== undefined && names.endUser !== null) {
    const { option, field, maxCharacters, pattern } = names.endUser;
    if (endUserId.length > maxCharacters) {
      notices.push(`The end user's id was left out: the provider takes at most ${maxCharacters} characters.`);
    } else if (pattern?.test(endUserId) === false) {
      notices.push('The end user’s id was left out: the provider takes letters, digits, _ and - only.');
    } else options[option] = field === undefined ? endUserId : { [field]: endUserId };
  }
  return { options, notices };
}

const noticeOfParallel =
  'The model may call several tools at once: its provider cannot be told that it should not.';
