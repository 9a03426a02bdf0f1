import type { InputIssue } from '../system/expected-error.ts';
import { MAX_ATS_SCORES_PER_MODEL, MAX_SAMPLES } from './bounds.ts';
import { createFieldReader, decimal, displayText, integer, text, type Revision } from './field-rules.ts';
import type { AtsScoreInput } from './input.ts';
import type { AtsScore } from './model.ts';

/** The task type of a model's overall score. */
export const OVERALL_TASK_TYPE = 'default';

/** The source of a score whose sender named none. */
export const UNNAMED_ATS_SOURCE = 'operator';

const taskTypeRule = text(
  (value) => /^[a-z0-9_.-]{1,64}$/.test(value),
  '1 to 64 lower-case letters, digits or any of _ . -',
);
const scoreRule = decimal(1, 4);
const samplesRule = integer(0, MAX_SAMPLES);

/** One score as it is kept, measured at `now` (milliseconds since the epoch). */
function readAtsScore(input: AtsScoreInput, now: number): Revision<AtsScore> {
  const { issues, read } = createFieldReader(input);
  const score: AtsScore = {
    taskType: read('taskType', taskTypeRule, { kept: undefined }),
    scoreBps: read('score', scoreRule, { kept: undefined }),
    samples: read('samples', samplesRule, { kept: 0, cleared: 0 }),
    source: read('source', displayText, { kept: UNNAMED_ATS_SOURCE, cleared: UNNAMED_ATS_SOURCE }),
    measuredAt: now,
  };
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: score };
}

/** The scores that replace a model's present ones, in order of task type. A score that says nothing new keeps its instant. */
export function reviseAtsScores(
  current: readonly AtsScore[],
  inputs: readonly AtsScoreInput[],
  now: number,
): Revision<readonly AtsScore[]> {
  if (inputs.length > MAX_ATS_SCORES_PER_MODEL) {
    return {
      ok: false,
      issues: [{ path: [], message: `must name at most ${MAX_ATS_SCORES_PER_MODEL} task types` }],
    };
  }
  const issues: InputIssue[] = [];
  const scores = new Map<string, AtsScore>();
  inputs.forEach((input, index) => {
    const read = readAtsScore(input, now);
    if (!read.ok) {
      issues.push(...read.issues.map((issue) => ({ ...issue, path: [String(index), ...issue.path] })));
    } else if (scores.has(read.value.taskType)) {
      issues.push({ path: [String(index), 'taskType'], message: 'must not be named twice' });
    } else {
      scores.set(read.value.taskType, keepInstant(current, read.value));
    }
  });
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: sortScores([...scores.values()]) };
}

/** The scores with a new one, which takes the place of the former one of its task type. */
export function recordAtsScore(
  current: readonly AtsScore[],
  input: AtsScoreInput,
  now: number,
): Revision<readonly AtsScore[]> {
  const read = readAtsScore(input, now);
  if (!read.ok) return read;
  const scores = [...current.filter((score) => score.taskType !== read.value.taskType), read.value];
  if (scores.length <= MAX_ATS_SCORES_PER_MODEL) return { ok: true, value: sortScores(scores) };
  const message = `must be one of the ${MAX_ATS_SCORES_PER_MODEL} that the model has, which are as many as it may have`;
  return { ok: false, issues: [{ path: ['taskType'], message }] };
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
