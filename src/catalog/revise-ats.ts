import { InputReader, type Checked } from '../system/input/reader.ts';
import { decimal, integer, line, text } from '../system/input/rules.ts';
import { MAX_ATS_SCORES_PER_MODEL, MAX_SAMPLES } from './bounds.ts';
import type { AtsScoreInput } from './input.ts';
import type { AtsScore } from './model.ts';

/** The task type of a model's overall score. */
export const OVERALL_TASK_TYPE = 'default';

/** The source of a score whose sender named none. */
export const UNNAMED_ATS_SOURCE = 'operator';

/** What a type of task may be called. */
export const taskTypeRule = text(
  (value) => /^[a-z0-9_.-]{1,64}$/.test(value),
  '1 to 64 lower-case letters, digits or any of _ . -',
);
const scoreRule = decimal(1, 4);
const samplesRule = integer(0, MAX_SAMPLES);
const sourceRule = line(1, 200);

/** One score as it is kept, measured at `now` (milliseconds since the epoch). */
function readAtsScore(input: InputReader<AtsScoreInput>, now: number): AtsScore {
  return {
    taskType: input.required('taskType', taskTypeRule),
    scoreBps: input.required('score', scoreRule),
    samples: input.kept('samples', samplesRule, 0, 0),
    source: input.kept('source', sourceRule, UNNAMED_ATS_SOURCE, UNNAMED_ATS_SOURCE),
    measuredAt: now,
  };
}

/** The scores that replace a model's present ones, in order of task type. A score that says nothing new keeps its instant. */
export function reviseAtsScores(
  current: readonly AtsScore[],
  list: InputReader<readonly AtsScoreInput[]>,
  now: number,
): readonly AtsScore[] {
  if (list.raw.length > MAX_ATS_SCORES_PER_MODEL) {
    list.refuse(`must name at most ${MAX_ATS_SCORES_PER_MODEL} task types`);
    return [];
  }
  const scores = new Map<string, AtsScore>();
  list.raw.forEach((input, index) => {
    const reader = list.within(input, index);
    const score = readAtsScore(reader, now);
    if (!reader.isSound()) return;
    if (scores.has(score.taskType)) reader.refuse('must not be named twice', 'taskType');
    scores.set(score.taskType, keepInstant(current, score));
  });
  return sortScores([...scores.values()]);
}

/** The scores with a new one, which takes the place of the former one of its task type. */
export function recordAtsScore(
  current: readonly AtsScore[],
  raw: AtsScoreInput,
  now: number,
): Checked<readonly AtsScore[]> {
  const input = new InputReader(raw);
  const score = readAtsScore(input, now);
  if (!input.isSound()) return input.checked(current);
  const scores = [...current.filter(({ taskType }) => taskType !== score.taskType), score];
  if (scores.length > MAX_ATS_SCORES_PER_MODEL) {
    input.refuse(
      `must be one of the ${MAX_ATS_SCORES_PER_MODEL} that the model has, which are as many as it may have`,
      'taskType',
    );
  }
  return input.checked(sortScores(scores));
}

/** In order of task type: the one order in which scores are kept and compared. */
export function sortScores(scores: readonly AtsScore[]): readonly AtsScore[] {
  return scores.toSorted((a, b) => (a.taskType < b.taskType ? -1 : 1));
}

function keepInstant(current: readonly AtsScore[], score: AtsScore): AtsScore {
  const former = current.find((each) => each.taskType === score.taskType);
  const same =
    former?.scoreBps === score.scoreBps && former.samples === score.samples && former.source === score.source;
  return same ? former : score;
}
