import { describe, expect, it } from 'vitest';
import { catalogAt, catalogModel } from '../../bench/day/catalog.ts';
import { createDraws } from '../../bench/day/draws.ts';
import { switchyard } from '../../bench/day/router.ts';
import { createRunClock } from '../../bench/day/run-clock.ts';
import { runThrough } from '../../bench/day/run.ts';
import { createWorld, type Incident } from '../../bench/day/world.ts';
import { defaultPolicy } from '../policies/policies.ts';

const MINUTE_MS = 60_000;
const fromMs = 4 * MINUTE_MS;
const untilMs = 9 * MINUTE_MS;
const endMs = 16 * MINUTE_MS;

/** Four models that are about as good as each other. */
const models = [
  ['a', 1, 0.82],
  ['b', 1.02, 0.82],
  ['c', 1.1, 0.82],
  ['d', 1.3, 0.83],
] as const;

type Trouble = Pick<Incident, 'kind'> & { readonly times?: number; readonly share?: number };

/** What share of the calls between two moments has had each model for its first choice, by its chances. */
type Shares = (key: string, betweenMs: readonly [number, number]) => number;

/** The real planner, estimates, breakers and limits through sixteen minutes, in five of which `a` is in trouble. */
function play(trouble: Trouble, perSecond: number, learns = true): Shares {
  const world = createWorld({
    models: models.map(([provider, usd, quality]) => ({
      usualTimes: 1,
      model: catalogModel([provider, 'model'], [usd, 4 * usd], quality, [600, 10]),
    })),
    incidents: [{ ...trouble, whom: 'a', fromMs, untilMs } as Incident],
    ...{ durationMs: endMs, rate: () => perSecond, mostRate: perSecond, draws: createDraws(17) },
  });
  const clock = createRunClock();
  const view = catalogAt(world, 0);
  const parts = { clock, catalog: () => view, policy: defaultPolicy, draws: world.draws };
  const seconds: { calls: number; readonly chances: Map<string, number> }[] = [];
  runThrough(world, switchyard(parts, { learns }), clock, {
    fallbackEnabled: true,
    observer: {
      planned({ atMs }, { ranked }) {
        const second = (seconds[Math.floor(atMs / 1000)] ??= { calls: 0, chances: new Map() });
        second.calls += 1;
        for (const { candidate, firstShare } of ranked) {
          second.chances.set(candidate.key, (second.chances.get(candidate.key) ?? 0) + firstShare);
        }
      },
    },
  });
  return (key, [begin, end]) => {
    const within = seconds.slice(begin / 1000, end / 1000).filter((second) => second !== undefined);
    const calls = within.reduce((sum, second) => sum + second.calls, 0);
    return within.reduce((sum, { chances }) => sum + (chances.get(key) ?? 0), 0) / calls;
  };
}

const troubles: readonly (readonly [string, Trouble])[] = [
  ['becomes three times slower', { kind: 'slow', times: 3 }],
  ['fails always', { kind: 'failing', share: 1 }],
  ['fails three times in ten', { kind: 'failing', share: 0.3 }],
  ['never answers', { kind: 'hanging', share: 1 }],
];

/** Both are shown on the same sixteen minutes. */
const played = new Map<string, Shares>();

function shareOf(trouble: Trouble, perSecond: number): Shares {
  const name = JSON.stringify([trouble, perSecond]);
  const share = played.get(name) ?? play(trouble, perSecond);
  played.set(name, share);
  return share;
}

describe.each(troubles)('a model that %s', (_, trouble) => {
  it.each([1, 20])(
    'under balanced, at %i calls a second, loses its traffic, and has it back',
    (perSecond) => {
      const share = play(trouble, perSecond);
      const steady = share('a/model', [MINUTE_MS, fromMs]);
      expect(steady).toBeGreaterThan(0.15);
      // Within two minutes half of it is gone, and stays away on the whole.
      const lostBy = fromMs + 2 * MINUTE_MS;
      expect(share('a/model', [lostBy, lostBy + 10_000])).toBeLessThan(steady / 2);
      expect(share('a/model', [lostBy, untilMs])).toBeLessThan(steady / 2);
      // Within five minutes it is back; a minute's mean, because chance moves single calls.
      const backBy = untilMs + 5 * MINUTE_MS;
      expect(share('a/model', [backBy, backBy + MINUTE_MS])).toBeGreaterThan(0.8 * steady);
    },
  );

  it('stampedes nobody: in no ten seconds has a model more than twice its steady share', () => {
    const share = shareOf(trouble, 20);
    for (const [provider] of models) {
      const key = `${provider}/model`;
      const steady = share(key, [MINUTE_MS, fromMs]);
      for (let atMs = fromMs; atMs < endMs - 10_000; atMs += 2_000) {
        expect(share(key, [atMs, atMs + 10_000])).toBeLessThanOrEqual(2 * steady);
      }
    }
  });
});

it('keeps all of it where nothing is learned, which is what the estimates are for', () => {
  const share = play({ kind: 'slow', times: 3 }, 5, false);
  expect(share('a/model', [fromMs + 2 * MINUTE_MS, untilMs])).toBeCloseTo(share('a/model', [0, fromMs]), 2);
});
