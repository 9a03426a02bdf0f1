import { maxRetryAfterMs } from '../providers/parse-retry-after.ts';
import { hardDownMs } from './hard-down.ts';
import type { SharedLimits, SharedReading } from './provider-limit-exchange.ts';
import { longestUnaskedCoolDownMs } from './provider-limit.ts';
import { quotaWindowMs } from './quota.ts';

type Numbers = readonly number[];

/** Rows of numbers by name: short, because every instance reads every other's four times a second. */
interface Wire {
  /** leftMs, requests, tokens, again and again. */
  readonly providers: Readonly<Record<string, Numbers>>;
  /** coolingMs, backOffMs. */
  readonly cooling: Readonly<Record<string, Numbers>>;
  /** limit (0: unknown), remaining, leftMs, agoMs, resets (1 or 0), waitMs. */
  readonly requests: Readonly<Record<string, Numbers>>;
  readonly tokens: Readonly<Record<string, Numbers>>;
  /** leftMs, agoMs, catalogVersion. */
  readonly hardDowns: Readonly<Record<string, Numbers>>;
  /** leftMs, agoMs. */
  readonly lifts: Readonly<Record<string, Numbers>>;
}

/** What an instance tells, as a text. */
export function encodeLimits({ providers, models, hardDowns, lifts }: SharedLimits): string {
  const wire: Wire = {
    providers: Object.fromEntries(
      providers.map(({ slug, uses }) => [
        slug,
        uses.flatMap(({ leftMs, requests, tokens }) => [leftMs, requests, tokens]),
      ]),
    ),
    cooling: Object.fromEntries(
      models
        .filter(({ coolingMs }) => coolingMs > 0)
        .map(({ key, coolingMs, backOffMs }) => [key, [coolingMs, backOffMs]]),
    ),
    requests: encodeReadings(models.map(({ key, requests }) => [key, requests])),
    tokens: encodeReadings(models.map(({ key, tokens }) => [key, tokens])),
    hardDowns: Object.fromEntries(
      hardDowns.map(({ name, leftMs, agoMs, catalogVersion }) => [name, [leftMs, agoMs, catalogVersion]]),
    ),
    lifts: Object.fromEntries(lifts.map(({ name, leftMs, agoMs }) => [name, [leftMs, agoMs]])),
  };
  return JSON.stringify(wire);
}

function encodeReadings(
  readings: readonly (readonly [string, SharedReading | null])[],
): Record<string, Numbers> {
  return Object.fromEntries(
    readings.flatMap(([key, reading]) => {
      if (reading === null) return [];
      const { limit, remaining, leftMs, agoMs, resets, waitMs } = reading;
      return [[key, [limit ?? 0, remaining, leftMs, agoMs, resets ? 1 : 0, waitMs]]];
    }),
  );
}

/**
 * What of a text that was told so long ago still holds. Parts that this release cannot read are passed over, because
 * instances are replaced one by one. Nothing lasts longer than an instance can have met: what other instances told
 * cannot be taken back here, so that a text that says otherwise would shut a model until the restart.
 */
export function decodeLimits(text: string, ageMs: number): SharedLimits {
  const wire = parseObject(text);
  const cooling = rows(wire['cooling'], 2);
  const requests = decodeReadings(wire['requests'], ageMs);
  const tokens = decodeReadings(wire['tokens'], ageMs);
  const keys = new Set([...cooling.keys(), ...requests.keys(), ...tokens.keys()]);
  return {
    providers: [...rows(wire['providers'], 3)].map(([slug, row]) => ({ slug, uses: decodeUses(row, ageMs) })),
    models: [...keys].map((key) => {
      const [coolingMs = 0, backOffMs = 0] = cooling.get(key) ?? [];
      return {
        ...{ key, coolingMs: Math.max(0, leftOf(coolingMs, maxRetryAfterMs, ageMs)) },
        backOffMs: Math.min(backOffMs, longestUnaskedCoolDownMs),
        ...{ requests: requests.get(key) ?? null, tokens: tokens.get(key) ?? null },
      };
    }),
    hardDowns: [...rows(wire['hardDowns'], 3)]
      .map(([name, [leftMs = 0, agoMs = 0, catalogVersion = 0]]) => {
        return { name, leftMs: leftOf(leftMs, hardDownMs, ageMs), agoMs: agoMs + ageMs, catalogVersion };
      })
      .filter(({ leftMs }) => leftMs > 0),
    lifts: [...rows(wire['lifts'], 2)]
      .map(([name, [leftMs = 0, agoMs = 0]]) => {
        return { name, leftMs: leftOf(leftMs, hardDownMs, ageMs), agoMs: agoMs + ageMs };
      })
      .filter(({ leftMs }) => leftMs > 0),
  };
}

function decodeUses(row: Numbers, ageMs: number) {
  const uses = [];
  for (let at = 0; at + 2 < row.length; at += 3) {
    const [toldMs = 0, requests = 0, tokens = 0] = row.slice(at, at + 3);
    const leftMs = leftOf(toldMs, quotaWindowMs, ageMs);
    if (leftMs > 0) uses.push({ leftMs, requests, tokens });
  }
  return uses;
}

function decodeReadings(value: unknown, ageMs: number): Map<string, SharedReading> {
  const readings = new Map<string, SharedReading>();
  for (const [key, [limit = 0, remaining = 0, toldMs = 0, agoMs = 0, resets, waitMs = 0]] of rows(value, 6)) {
    const leftMs = leftOf(toldMs, maxRetryAfterMs, ageMs);
    if (leftMs <= 0) continue;
    const times = {
      ...{ leftMs, agoMs: agoMs + ageMs },
      ...{ resets: resets === 1, waitMs: Math.max(0, leftOf(waitMs, maxRetryAfterMs, ageMs)) },
    };
    readings.set(key, { limit: limit === 0 ? null : limit, remaining, ...times });
  }
  return readings;
}

/** What is left of a duration that was told so long ago and is no longer than `mostMs`; negative: it has ended. */
function leftOf(toldMs: number, mostMs: number, ageMs: number): number {
  return Math.min(toldMs, mostMs) - ageMs;
}

/** The rows that have numbers for every column; uses repeat their columns. */
function rows(value: unknown, columns: number): Map<string, Numbers> {
  const entries = Object.entries(Object(value) as Readonly<Record<string, unknown>>);
  return new Map(entries.filter((entry): entry is [string, Numbers] => isRow(entry[1], columns)));
}

function isRow(value: unknown, columns: number): value is Numbers {
  if (!Array.isArray(value) || value.length % columns !== 0) return false;
  // JSON has no infinity, but numbers too large for this one become it.
  return value.every((number) => Number.isFinite(number) && number >= 0);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
