import type { InputReader } from '../../system/input/reader.ts';
import { between, integer, type Rule } from '../../system/input/rules.ts';
import type { RawRouteInput } from './raw-route-input.ts';
import type { RouteRequest } from './request.ts';

/** More than any provider takes of either. */
const MAX_STOP_SEQUENCES = 64;
const MAX_STOP_CHARACTERS = 500;

const temperatureRule = between(0, 2);
const shareRule = between(0, 1);
const topKRule = integer(1, 1_000_000);
const seedRule = integer(-(2 ** 31), 2 ** 31 - 1);
const penaltyRule = between(-2, 2);
const stopRule: Rule<readonly string[], readonly string[]> = {
  read: (texts) =>
    texts.length <= MAX_STOP_SEQUENCES &&
    texts.every((each) => each !== '' && each.length <= MAX_STOP_CHARACTERS)
      ? texts
      : undefined,
  message: `must have at most ${MAX_STOP_SEQUENCES} entries, each of 1 to ${MAX_STOP_CHARACTERS} characters`,
};

/** How a model is to draw its tokens, and where it is to end. */
export function parseHints(
  input: InputReader<RawRouteInput>,
): Pick<
  RouteRequest,
  'temperature' | 'topP' | 'topK' | 'seed' | 'presencePenalty' | 'frequencyPenalty' | 'stopSequences'
> {
  const stopSequences = input.nullable('stopSequences', stopRule);
  return {
    temperature: input.nullable('temperature', temperatureRule),
    topP: input.nullable('topP', shareRule),
    topK: input.nullable('topK', topKRule),
    seed: input.nullable('seed', seedRule),
    presencePenalty: input.nullable('presencePenalty', penaltyRule),
    frequencyPenalty: input.nullable('frequencyPenalty', penaltyRule),
    // None is as good as absent.
    stopSequences: stopSequences?.length === 0 ? null : stopSequences,
  };
}
