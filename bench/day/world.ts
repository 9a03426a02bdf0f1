import type { CatalogModel } from '../../src/catalog/model.ts';
import { modelKey } from '../../src/providers/model-key.ts';
import type { Draws } from './draws.ts';

/** What happens to models for a while. */
export type Incident = Span &
  (
    | { readonly kind: 'slow'; /** Answers take so many times as long. */ readonly times: number }
    | { readonly kind: 'failing'; /** This share of calls fails at once. */ readonly share: number }
    | { readonly kind: 'hanging'; /** This share of calls is never answered. */ readonly share: number }
    | { readonly kind: 'limited'; /** Calls a minute that are taken. */ readonly perMinute: number }
    | { readonly kind: 'price'; /** Prices become so many times as high. */ readonly times: number }
  );

interface Span {
  /** A model's key, or a provider's slug for all of its models. */
  readonly whom: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A model as it really is; the catalog knows its prices and quality, and guesses its speed. */
export interface WorldModel {
  readonly model: CatalogModel;
  readonly key: string;
  /** How long its answers really take on a usual day, in what the catalog expects. */
  readonly usualTimes: number;
}

/** One call of a user. */
export interface WorldCall {
  readonly number: number;
  readonly atMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What its caller asks for: callers know roughly how long an answer they need. */
  readonly maxOutputTokens: number;
}

/** How a model is at a moment. */
export interface Condition {
  readonly latencyTimes: number;
  readonly failingShare: number;
  readonly hangingShare: number;
  /** Null: as many as come. */
  readonly perMinute: number | null;
  readonly priceTimes: number;
}

/** What becomes of one attempt. */
export type Fate =
  | { readonly kind: 'answers'; readonly latencyMs: number }
  | { readonly kind: 'fails'; readonly latencyMs: number }
  | { readonly kind: 'hangs' };

/** Everything that is the same for all routers. */
export interface World {
  readonly models: readonly WorldModel[];
  readonly incidents: readonly Incident[];
  readonly durationMs: number;
  /** In order of time. */
  calls(): Iterable<WorldCall>;
  conditionOf(index: number, atMs: number): Condition;
  /** `attempt`: which of the call's, from 0. Whether a limited model takes it is not part of it. */
  fateOf(index: number, call: WorldCall, attempt: number, atMs: number): Fate;
  /** What one draws that has nothing to do with models. */
  readonly draws: Draws;
}

/** The longest answer that callers want. */
const LONGEST_ANSWER_TOKENS = 1024;

/** How long an error takes. */
const ERROR_MS = 180;

/** One call in five hundred fails on a usual day. */
const USUAL_FAILING_SHARE = 0.002;

/** How far single answers lie from what is usual: one in six takes 1.35 times as long or more. */
const LATENCY_SPREAD = 0.3;

export interface WorldOptions {
  readonly models: readonly Omit<WorldModel, 'key'>[];
  readonly incidents: readonly Incident[];
  readonly durationMs: number;
  /** Calls a second at a moment. */
  readonly rate: (atMs: number) => number;
  /** The highest that it is. */
  readonly mostRate: number;
  readonly draws: Draws;
}

/** Makes a world. */
export function createWorld({
  models: given,
  incidents,
  durationMs,
  rate,
  mostRate,
  draws,
}: WorldOptions): World {
  const models = given.map((each) => ({ ...each, key: modelKey(each.model.providerSlug, each.model.slug) }));
  const own = models.map(({ key, model }) =>
    incidents.filter(({ whom }) => whom === key || whom === model.providerSlug),
  );

  function conditionOf(index: number, atMs: number): Condition {
    const condition = {
      ...{ latencyTimes: models[index]?.usualTimes ?? 1, failingShare: USUAL_FAILING_SHARE, hangingShare: 0 },
      ...{ perMinute: null as number | null, priceTimes: 1 },
    };
    for (const incident of own[index] ?? []) {
      if (atMs < incident.fromMs || atMs >= incident.untilMs) continue;
      if (incident.kind === 'slow') condition.latencyTimes *= incident.times;
      else if (incident.kind === 'failing') condition.failingShare = incident.share;
      else if (incident.kind === 'hanging') condition.hangingShare = incident.share;
      else if (incident.kind === 'limited') condition.perMinute = incident.perMinute;
      else condition.priceTimes *= incident.times;
    }
    return condition;
  }

  function* calls(): Iterable<WorldCall> {
    let [number, atMs] = [0, 0];
    for (let arrival = 0; ; arrival += 1) {
      atMs += (-1000 * Math.log(1 - draws.uniform(arrival, 101))) / mostRate;
      if (atMs >= durationMs) return;
      // Arrivals of the busiest time, of which fewer come at others.
      if (draws.uniform(arrival, 102) * mostRate >= rate(atMs)) continue;
      const inputTokens = [40, 150, 400, 1000, 3000][Math.floor(draws.uniform(arrival, 103) * 5)] ?? 40;
      const tokens = 180 * Math.exp(0.8 * draws.normal(arrival, 104));
      const outputTokens = Math.min(LONGEST_ANSWER_TOKENS, Math.max(5, Math.round(tokens)));
      const maxOutputTokens = 2 ** Math.max(5, Math.ceil(Math.log2(outputTokens)));
      yield { number: (number += 1), atMs, inputTokens, outputTokens, maxOutputTokens };
    }
  }

  return {
    ...{ models, incidents, durationMs, calls, conditionOf, draws },
    fateOf(index, { number, outputTokens }, attempt, atMs) {
      const { latencyTimes, failingShare, hangingShare } = conditionOf(index, atMs);
      const luck = draws.uniform(number, index, attempt, 7);
      if (luck < failingShare) return { kind: 'fails', latencyMs: ERROR_MS };
      if (luck < failingShare + hangingShare) return { kind: 'hangs' };
      const model = models[index]?.model;
      if (model === undefined) throw new RangeError(`There is no model ${index}.`);
      const expected = expectedMs(model, outputTokens);
      const noise = Math.exp(LATENCY_SPREAD * draws.normal(number, index, attempt, 8));
      return { kind: 'answers', latencyMs: expected * latencyTimes * noise };
    },
  };
}

/** What the catalog expects of an answer of so many tokens, milliseconds. */
export function expectedMs(model: CatalogModel, outputTokens: number): number {
  return model.expectedFirstTokenMs + (outputTokens * model.expectedMicrosPerOutputToken) / 1000;
}
