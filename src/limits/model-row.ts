import type { LocalPart, RemotePart, Row } from '../fleet/replication.ts';
import { MAX_RESET_MS, MAX_RETRY_AFTER_MS } from '../providers/parse-retry-after.ts';
import { LONGEST_UNASKED_COOL_DOWN_MS, replaceRemoteCoolDowns, type RemoteCoolDown } from './cool-down.ts';
import { liveReading, mergeReading, type Meter, type Reading } from './meter.ts';
import type { ModelLimit } from './model-limit.ts';
import { MOST_COUNTED } from './quota.ts';

/** Of the cool-down: leftMs (0: none), agoMs, backOffMs; then the columns of requests and of tokens. */
const COOL_DOWN_COLUMNS = 3;

/** leftMs (0: no reading), agoMs, limit (0: unknown), remaining, resets (1 or 0), waitMs. */
const READING_COLUMNS = 6;

const noReading: Row = [0, 0, 0, 0, 0, 0];

/** What this instance has met of a model itself, for the others; null: nothing that still holds. */
export function modelPart(model: ModelLimit, now: number): LocalPart | null {
  const { local, backOffMs } = model.cooling;
  const coolingMs = Math.max(0, local.untilMs - now);
  const coolDown = coolingMs === 0 ? [0, 0, 0] : [coolingMs, now - local.beganAtMs, backOffMs];
  const requests = readingRow(model.requests, now);
  const tokens = readingRow(model.tokens, now);
  const holdsMs = Math.max(coolingMs, requests[0] ?? 0, tokens[0] ?? 0);
  return holdsMs === 0 ? null : { row: [...coolDown, ...requests, ...tokens], holdsMs };
}

function readingRow(meter: Meter, now: number): Row {
  const reading = liveReading(meter, now);
  if (reading === null || !reading.isLocal || reading.remaining === null) return noReading;
  const { limit, remaining, untilMs, readAtMs, resets, waitUntilMs } = reading;
  return [
    untilMs - now,
    now - readAtMs,
    limit ?? 0,
    remaining,
    resets ? 1 : 0,
    Math.max(0, waitUntilMs - now),
  ];
}

/**
 * Takes up what the other instances have met of a model; cool-downs that began before it was found well are over.
 * Nothing lasts longer than an instance can have met.
 */
export function mergeModel(
  model: ModelLimit,
  parts: readonly RemotePart[],
  foundWellAtMs: number,
  now: number,
): void {
  const coolDowns = parts.flatMap((part) => coolDownOf(part, now));
  replaceRemoteCoolDowns(
    model.cooling,
    coolDowns.filter(({ beganAtMs }) => beganAtMs > foundWellAtMs),
  );
  for (const part of parts) {
    for (const [meter, from] of [
      [model.requests, COOL_DOWN_COLUMNS],
      [model.tokens, COOL_DOWN_COLUMNS + READING_COLUMNS],
    ] as const) {
      const reading = readingOf(part, from, now);
      if (reading !== null) mergeReading(meter, reading, now);
    }
  }
}

function coolDownOf({ row, ageMs }: RemotePart, now: number): RemoteCoolDown[] {
  const [toldMs = 0, agoMs = 0, backOffMs = 0] = row;
  const untilMs = now + Math.min(toldMs, MAX_RETRY_AFTER_MS) - ageMs;
  if (untilMs <= now) return [];
  return [
    {
      ...{ untilMs, beganAtMs: now - agoMs - ageMs },
      backOffMs: Math.min(backOffMs, LONGEST_UNASKED_COOL_DOWN_MS),
    },
  ];
}

function readingOf(
  { row, ageMs }: RemotePart,
  from: number,
  now: number,
): Omit<Reading, 'isLocal' | 'sent'> | null {
  const [leftMs = 0, agoMs = 0, limit = 0, remaining = 0, resets = 0, waitMs = 0] = row.slice(from);
  const untilMs = now + Math.min(leftMs, MAX_RESET_MS) - ageMs;
  if (untilMs <= now) return null;
  return {
    ...{ untilMs, readAtMs: now - agoMs - ageMs, resets: resets === 1 },
    waitUntilMs: now + Math.min(waitMs, MAX_RETRY_AFTER_MS) - ageMs,
    limit: limit === 0 ? null : Math.min(limit, MOST_COUNTED),
    remaining: Math.min(remaining, MOST_COUNTED),
  };
}
