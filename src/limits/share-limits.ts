import { learnHardDowns } from './hard-down.ts';
import { minuteOf, modelOf, type BoardMoment, type LimitBoard } from './limit-board.ts';
import type { SharedLimits, SharedModel, SharedReading } from './provider-limit-exchange.ts';
import { adoptCoolDown, adoptReading, liveReading, type Meter, type ModelLimit } from './provider-limit.ts';
import { learnQuota, shareQuota, type SharedUse } from './quota.ts';

/** What this instance has met itself, as it tells the others: what it learnt from them is theirs to tell. */
export function shareLimits({ models, minutes, hardDowns }: LimitBoard, { now }: BoardMoment): SharedLimits {
  return {
    providers: [...minutes]
      .map(([slug, { window }]) => ({ slug, uses: shareQuota(window, now) }))
      .filter(({ uses }) => uses.length > 0),
    models: [...models].map(([key, model]) => shareModel(key, model, now)).filter(saysSomething),
    hardDowns: [...hardDowns.own].map(([name, { untilMs, markedAtMs, catalogVersion }]) => {
      return { name, leftMs: untilMs - now, agoMs: now - markedAtMs, catalogVersion };
    }),
    lifts: [...hardDowns.lifts].map(([name, { untilMs, atMs }]) => {
      return { name, leftMs: untilMs - now, agoMs: now - atMs };
    }),
  };
}

function shareModel(key: string, model: ModelLimit, now: number): SharedModel {
  const { coolingUntilMs, backOffMs } = model;
  return {
    ...{ key, coolingMs: Math.max(0, coolingUntilMs - now), backOffMs },
    ...{ requests: shareReading(model.requests, now), tokens: shareReading(model.tokens, now) },
  };
}

function shareReading(meter: Meter, now: number): SharedReading | null {
  const reading = liveReading(meter, now);
  if (reading === null || !reading.own || reading.remaining === null) return null;
  const { limit, remaining, untilMs, learnedAtMs, resets, waitUntilMs } = reading;
  const waitMs = Math.max(0, waitUntilMs - now);
  return { limit, remaining, leftMs: untilMs - now, agoMs: now - learnedAtMs, resets, waitMs };
}

function saysSomething({ coolingMs, requests, tokens }: SharedModel): boolean {
  return coolingMs > 0 || requests !== null || tokens !== null;
}

/** Takes up what each of the other instances has told, in the place of what they told before. */
export function hearLimits(board: LimitBoard, others: readonly SharedLimits[], { now }: BoardMoment): void {
  hearUses(board, others, now);
  for (const told of others.flatMap(({ models }) => models)) {
    const model = modelOf(board, told.key);
    if (told.coolingMs > 0) {
      adoptCoolDown(model, { leftMs: told.coolingMs, backOffMs: told.backOffMs }, now);
    }
    hearReading(model.requests, told.requests, now);
    hearReading(model.tokens, told.tokens, now);
  }
  const liftedAtMs = new Map<string, number>();
  for (const { name, agoMs } of others.flatMap(({ lifts }) => lifts)) {
    liftedAtMs.set(name, Math.max(liftedAtMs.get(name) ?? -Infinity, now - agoMs));
  }
  const marked = others.flatMap(({ hardDowns }) => hardDowns);
  learnHardDowns(
    board.hardDowns,
    marked.map(({ name, leftMs, agoMs, catalogVersion }) => {
      return { name, untilMs: now + leftMs, markedAtMs: now - agoMs, catalogVersion };
    }),
    liftedAtMs,
  );
}

function hearUses(board: LimitBoard, others: readonly SharedLimits[], now: number): void {
  const uses = new Map<string, SharedUse[]>([...board.minutes.keys()].map((slug) => [slug, []]));
  for (const told of others.flatMap(({ providers }) => providers)) {
    uses.set(told.slug, [...(uses.get(told.slug) ?? []), ...told.uses]);
  }
  for (const [slug, told] of uses) {
    const minute = minuteOf(board, slug);
    learnQuota(minute.window, told, now);
    minute.measured = null;
  }
}

function hearReading(meter: Meter, told: SharedReading | null, now: number): void {
  if (told === null) return;
  const { limit, remaining, leftMs, agoMs, resets, waitMs } = told;
  const times = { learnedAtMs: now - agoMs, untilMs: now + leftMs, resets, waitUntilMs: now + waitMs };
  adoptReading(meter, { limit, remaining, ...times }, now);
}
