import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { ProviderResult } from '../provider.ts';

type Warning = LanguageModelV4GenerateResult['warnings'][number];

/** A result with all that was adapted of its request: by us, and by the SDK, which warns of it. */
export function withNotices(
  result: ProviderResult,
  own: readonly string[],
  warnings: readonly Warning[],
): ProviderResult {
  const notices = [...own, ...warnings.flatMap(sentenceOf)];
  return notices.length === 0 ? result : { ...result, notices };
}

const MOST_CHARS = 200;

/** What the SDK left out; its advice to programmers is of no use to a caller. */
function sentenceOf(warning: Warning): string[] {
  if (warning.type !== 'unsupported') return [];
  const { feature, details } = warning;
  return [`Not as asked: ${details ?? `${feature} is not supported`}.`.slice(0, MOST_CHARS)];
}
