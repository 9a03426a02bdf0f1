import type { BreakerMode, BreakerState, BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import { rule } from './breakers.ts';

/** One thing that was asked of a breaker, granted or not. `generation`: the one that the asker knew. */
export type Entry = { readonly at: number } & (
  | { what: 'outcomes'; generation: number; outcomes: readonly (readonly [BreakerSignal, number])[] }
  | { what: 'claim'; token: string; leaseMs: number }
  | {
      what: 'finding';
      generation: number;
      token: string;
      signal: BreakerSignal;
      retryAfterMs: number | null;
      jitter: number;
    }
  | { what: 'offer'; generation: number; openMs: number; coolOffMs: number }
  | { what: 'mode'; generation: number; mode: BreakerMode; untilMs: number | null }
  | { what: 'reset'; generation: number }
  | { what: 'expiry' }
);

/** What must be true of a breaker to which all that has happened. */
export interface Story {
  state: BreakerState;
  mode: BreakerMode;
  modeUntil: number;
  generation: number;
  trips: number;
  failures: number[];
  /** The earliest a probe may begin, while not closed. */
  probeFrom: number;
  coolOffMs: number;
  prober: string | null;
  neutrals: number;
}

/**
 * The rules of breakers told from the beginning, over everything that was asked: no pruning ahead, no coalescing, no
 * object shared with the machine. Slow, and plain enough to be believed.
 */
export function retell(journal: readonly Entry[]): Story {
  const story: Story = {
    state: 'CLOSED',
    mode: 'AUTO',
    modeUntil: Infinity,
    generation: 0,
    trips: 0,
    failures: [],
    probeFrom: 0,
    coolOffMs: 0,
    prober: null,
    neutrals: 0,
  };
  for (const entry of journal) {
    if ('generation' in entry && entry.generation !== story.generation) continue;
    if (entry.what === 'expiry' || entry.what === 'mode' || entry.what === 'reset') operate(story, entry);
    else if (story.mode === 'AUTO') run(story, entry);
  }
  return story;
}

function operate(story: Story, entry: Extract<Entry, { what: 'expiry' | 'mode' | 'reset' }>): void {
  if (entry.what === 'expiry' && entry.at < story.modeUntil) return;
  const mode = entry.what === 'mode' ? entry.mode : 'AUTO';
  const machineGoesOn = entry.what === 'mode' && mode === 'AUTO' && story.mode === 'AUTO';
  if (machineGoesOn) story.generation += 1;
  else turn(story, 'CLOSED');
  story.mode = mode;
  const lastsMs = entry.what === 'mode' && mode !== 'AUTO' ? entry.untilMs : null;
  story.modeUntil = lastsMs === null ? Infinity : entry.at + lastsMs;
}

function run(story: Story, entry: Exclude<Entry, { what: 'expiry' | 'mode' | 'reset' }>): void {
  switch (entry.what) {
    case 'outcomes':
      if (story.state === 'CLOSED') count(story, entry.outcomes, entry.at);
      return;
    case 'offer':
      if (story.state !== 'CLOSED' && story.probeFrom >= entry.at + entry.openMs) return;
      trip(story, entry.at + entry.openMs, entry.coolOffMs);
      return;
    case 'claim':
      if (story.state === 'CLOSED' || entry.at < story.probeFrom) return;
      if (story.state === 'OPEN') turn(story, 'HALF_OPEN');
      story.prober = entry.token;
      story.probeFrom = entry.at + entry.leaseMs;
      return;
    case 'finding':
      // While somebody probes, `probeFrom` is the end of the lease.
      if (story.prober !== entry.token || entry.at >= story.probeFrom) return;
      if (entry.signal === 'success') return turn(story, 'CLOSED');
      if (entry.signal === 'failure') {
        const longerMs = Math.min(Math.round(story.coolOffMs * 2 * (1 + entry.jitter)), rule.maxCoolOffMs);
        return trip(story, entry.at + longerMs, longerMs);
      }
      story.prober = null;
      story.probeFrom =
        entry.at + (entry.retryAfterMs ?? ([1, 2, 4, 8, 16, 32][story.neutrals] ?? 60) * 1_000);
      story.neutrals += 1;
  }
}

function count(story: Story, outcomes: readonly (readonly [BreakerSignal, number])[], at: number): void {
  for (const [signal, then] of outcomes) {
    if (signal === 'success') story.failures = story.failures.filter((failure) => failure > then);
  }
  const lastSuccess = outcomes.findLastIndex(([signal]) => signal === 'success');
  for (const [signal, then] of outcomes.slice(lastSuccess + 1)) {
    if (signal === 'failure') story.failures.push(then);
  }
  const windowFrom = (first: number) =>
    story.failures.filter((failure) => failure >= first && failure <= first + rule.windowMs);
  if (story.failures.some((first) => windowFrom(first).length >= rule.threshold)) {
    return trip(story, at + rule.coolOffMs, rule.coolOffMs);
  }
  story.failures = windowFrom(Math.max(...story.failures) - rule.windowMs);
}

function trip(story: Story, probeFrom: number, coolOffMs: number): void {
  turn(story, 'OPEN');
  story.trips += 1;
  Object.assign(story, { probeFrom, coolOffMs });
}

function turn(story: Story, state: BreakerState): void {
  story.generation += 1;
  Object.assign(story, { state, failures: [], prober: null, neutrals: 0 });
}
