import { excessOf, type JsonLimits } from '../system/input/json-size.ts';
import type { ToolCall } from './message.ts';
import { canComeBack } from './tool-arguments.ts';

/**
 * Characters of an answer at most: its text, its thoughts, its tool calls and what comes with them. Ten times what the
 * largest output budget allows; what is longer is a flood, and no answer.
 */
export const MAX_ANSWER_CHARACTERS = 4_000_000;

/**
 * What a tool call may be, when a model makes it and when its caller sends it back. Some gateways put what they want
 * back into the ids of their calls.
 */
export const callBounds = {
  calls: 1000,
  idLength: 100_000,
  nameLength: 1000,
  argumentsLength: 2_000_000,
  stateLength: 2_000_000,
} as const;

/** What a provider's state can be: a few options of each thought of a long chain. */
const stateLimits: JsonLimits = { values: 50_000, levels: 8 };

/** Whether a tool call's state can come back. */
export function canStateComeBack(state: string): boolean {
  return state.length <= callBounds.stateLength && excessOf(state, stateLimits) === undefined;
}

/** Whether a tool call that a model has made can come back with its result, and so may be handed out. */
export function canBeHandedOut({ id, name, arguments: args, providerState = '' }: ToolCall): boolean {
  return (
    id.length <= callBounds.idLength &&
    name !== '' &&
    name.length <= callBounds.nameLength &&
    args.length <= callBounds.argumentsLength &&
    canComeBack(args) &&
    canStateComeBack(providerState)
  );
}
