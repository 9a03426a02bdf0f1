import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { showText } from '../../system/input/printable.ts';
import type { ProviderResult } from '../provider.ts';

type Warning = LanguageModelV4GenerateResult['warnings'][number];

/** A result with all that was adapted of its request: by us, and by the SDK, which warns of it. */
export function withNotices(
  result: ProviderResult,
  own: readonly string[],
  warnings: readonly Warning[],
): ProviderResult {
  const notices = [...new Set([...own, ...warnings.flatMap(sentenceOf)])];
  return notices.length === 0 ? result : { ...result, notices };
}

const MOST_CHARS = 200;

/** What the SDK left out or asked in another way; that a name of its own is old is of no use to a caller. */
function sentenceOf(warning: Warning): string[] {
  switch (warning.type) {
    case 'unsupported':
    case 'compatibility':
      return [toSentence(warning.details ?? `${warning.feature} is not supported`)];
    case 'other':
      return [toSentence(warning.message)];
    case 'deprecated':
      return /omitted/.test(warning.message) ? [toSentence(warning.message)] : [];
    default:
      return [];
  }
}

function toSentence(words: string): string {
  return showText(`Not as asked: ${words.replace(/\.$/, '')}.`, MOST_CHARS);
}
