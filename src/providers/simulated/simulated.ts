import type { FailureClass } from '../failure.ts';

/** Failures that a script can name beside HTTP statuses. TIMEOUT never answers. */
const scriptedClasses = [
  'CONNECTION',
  'MALFORMED',
  'EMPTY_OUTPUT',
  'INVALID_OUTPUT',
  'CONTENT_FILTER',
  'TIMEOUT',
] as const;

/** How a simulated model behaves. */
export interface SimulatedScript {
  /** Time to the first token. */
  readonly latencyMs: number;
  readonly msPerToken: number;
  /** How far a delay may stray to either side, percent. */
  readonly jitterPct: number;
  /** Every n-th call of a model fails; 0: none. */
  readonly failEvery: number;
  /** The share of calls that fails by chance, percent. */
  readonly failPct: number;
  /** An HTTP status from 400 to 599, or a failure without one. */
  readonly failWith: number | FailureClass;
  /** Calls of a model per minute before it answers 429; 0: no limit. */
  readonly rateLimitPerMinute: number;
  /** What a 429 or 503 says in Retry-After; 0: what remains of the minute for 429, nothing for 503. */
  readonly retryAfterMs: number;
  /** Tokens of a stream before it breaks off; 0: it does not. */
  readonly cutAfterTokens: number;
  /** Tokens of a stream before it falls silent for good; 0: it does not. */
  readonly stallAfterTokens: number;
}

const steady: SimulatedScript = {
  latencyMs: 400,
  msPerToken: 6,
  jitterPct: 15,
  failEvery: 0,
  failPct: 0,
  failWith: 503,
  rateLimitPerMinute: 0,
  retryAfterMs: 0,
  cutAfterTokens: 0,
  stallAfterTokens: 0,
};

/** What models do of themselves, by slug; any other is steady. */
const characters: Readonly<Record<string, SimulatedScript>> = {
  steady,
  quick: { ...steady, latencyMs: 120, msPerToken: 2 },
  deep: { ...steady, latencyMs: 1500, msPerToken: 18 },
  flaky: { ...steady, latencyMs: 300, failPct: 25 },
  limited: { ...steady, rateLimitPerMinute: 10 },
};

/** A model's behaviour: its own, with the script's words in front of it. */
export function scriptOf(modelSlug: string, script: Partial<SimulatedScript>): SimulatedScript {
  const character = Object.hasOwn(characters, modelSlug) ? characters[modelSlug] : undefined;
  return { ...(character ?? steady), ...script };
}

const highest: Readonly<Record<Exclude<keyof SimulatedScript, 'failWith'>, number>> = {
  latencyMs: 600_000,
  msPerToken: 10_000,
  jitterPct: 100,
  failEvery: 1_000_000,
  failPct: 100,
  rateLimitPerMinute: 1_000_000,
  retryAfterMs: 3_600_000,
  cutAfterTokens: 1_000_000,
  stallAfterTokens: 1_000_000,
};

/**
 * Reads a script as it is written in a simulated provider's base URL, such as
 * `simulated:?latencyMs=120&failEvery=3&failWith=503`. An issue says what would be right.
 */
export function parseScript(
  text: string,
): { readonly script: Partial<SimulatedScript> } | { readonly issue: string } {
  const query = /^simulated:(?:\?(.*))?$/.exec(text);
  if (query === null)
    return { issue: 'must be `simulated:`, or `simulated:?` and settings such as latencyMs=120&failEvery=3' };
  const script: Record<string, number | string> = {};
  for (const setting of (query[1] ?? '').split('&').filter((part) => part !== '')) {
    const [name = '', value = '', ...more] = setting.split('=');
    if (name === 'failWith') {
      const fault = parseFault(value);
      if (fault === undefined || more.length > 0) {
        return {
          issue: `failWith must be an HTTP status from 400 to 599, or one of ${scriptedClasses.join(', ')}`,
        };
      }
      script[name] = fault;
      continue;
    }
    if (!isNumberSetting(name)) {
      return {
        issue: `knows no such setting; there are ${[...Object.keys(highest), 'failWith'].join(', ')}`,
      };
    }
    if (!/^\d{1,9}$/.test(value) || Number(value) > highest[name] || more.length > 0) {
      return { issue: `${name} must be an integer from 0 to ${highest[name]}` };
    }
    script[name] = Number(value);
  }
  return { script };
}

/** Whether a model's n-th call (from 1) fails; `draw` is uniform in [0, 1). */
export function failsByScript(script: SimulatedScript, callNumber: number, draw: number): boolean {
  return (script.failEvery > 0 && callNumber % script.failEvery === 0) || draw * 100 < script.failPct;
}

/** What a stream does instead of going on once so many of its tokens are out; a break comes before silence. */
export function breakByScript(script: SimulatedScript, sentTokens: number): 'cut' | 'stall' | undefined {
  const isDue = (afterTokens: number) => afterTokens > 0 && sentTokens >= afterTokens;
  if (isDue(script.cutAfterTokens)) return 'cut';
  return isDue(script.stallAfterTokens) ? 'stall' : undefined;
}

/** How long an answer of so many tokens takes; `draw` is uniform in [0, 1). */
export function delayOf(script: SimulatedScript, outputTokens: number, draw: number): number {
  const plainMs = script.latencyMs + script.msPerToken * outputTokens;
  return Math.round(plainMs * (1 + ((2 * draw - 1) * script.jitterPct) / 100));
}

function isNumberSetting(name: string): name is keyof typeof highest {
  return Object.hasOwn(highest, name);
}

function parseFault(value: string): number | FailureClass | undefined {
  if (/^[45]\d\d$/.test(value)) return Number(value);
  return scriptedClasses.find((failureClass) => failureClass === value);
}
