import { MAX_JSON_NESTING, nestsAtMost } from '../system/input/nesting.ts';
import { excessOf, MAX_JSON_VALUES, type JsonLimits } from '../system/input/json-size.ts';
import type { JsonValue } from '../system/json.ts';

/**
 * The arguments of a call as the text of an object, as the model wrote it. What is none stands in one, so that it
 * goes through every API and the model can be told of its mistake.
 */
export function wordArguments(text: string): string | { readonly INVALID_JSON: string } {
  if (text.trim() === '') return '{}';
  return isPlainObject(parsed(text)) ? text : { INVALID_JSON: text };
}

/** What arguments can be: far more than what a model writes. */
const argumentLimits: JsonLimits = { values: MAX_JSON_VALUES, levels: MAX_JSON_NESTING };

/** Whether arguments can come back: any text but JSON that takes those who walk it too long, or overflows their stack. */
export function canComeBack(text: string): boolean {
  return excessOf(text, argumentLimits) === undefined;
}

function isPlainObject(value: JsonValue | undefined): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    nestsAtMost(value, MAX_JSON_NESTING)
  );
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // A model's mistake, for the model to hear of.
    return undefined;
  }
}
