import { expect, test } from 'vitest';
import { shownState, type Breaker, type BreakerMode } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe, offerTrip, recordOutcomes, settleProbe } from '../../../src/breakers/rule/machine.ts';
import { claimClearing } from '../../../src/breakers/rule/suspicion.ts';
import { expireMode, reset, setMode } from '../../../src/breakers/rule/mode.ts';
import type { Step } from '../../../src/breakers/rule/step.ts';
import {
  batchOf,
  breakerIn,
  closed,
  failuresAt,
  found,
  halfOpen,
  opened,
  rule,
  suspected,
} from './breakers.ts';

const now = 1_000_000;

const forced = (mode: Exclude<BreakerMode, 'AUTO'>, until: number | null): Breaker =>
  breakerIn({ state: 'CLOSED', failures: [] }, { control: { mode, actor: 'ada', reason: 'drill', until } });

/** Every place where a breaker can stand. */
const places: Record<string, Breaker> = {
  'CLOSED without a streak': closed(),
  'CLOSED after four failures': closed(now - 4, now - 3, now - 2, now - 1),
  'OPEN, cooling off': opened(now + 1),
  'OPEN, cool-off over': opened(now),
  'HALF_OPEN, probing': halfOpen({ probe: { token: 'mine', leaseUntil: now + 1 } }),
  'HALF_OPEN, lease past': halfOpen({ probe: { token: 'mine', leaseUntil: now } }),
  'HALF_OPEN, resting': halfOpen({ nextProbeAt: now + 1, neutralProbes: 1 }),
  'HALF_OPEN, rest over': halfOpen({ nextProbeAt: now, neutralProbes: 1 }),
  FORCED_OPEN: forced('FORCED_OPEN', null),
  FORCED_CLOSED: forced('FORCED_CLOSED', now + 1),
  'FORCED_OPEN, end past': forced('FORCED_OPEN', now),
  'FORCED_CLOSED, end past': forced('FORCED_CLOSED', now),
  'OPEN, one tenant’s': suspected(now + 1),
  'OPEN, being looked into': suspected(now + 1, now + 1),
};

const older = (breaker: Breaker): Breaker => ({ ...breaker, generation: breaker.generation - 1 });
const request = { actor: 'ada', reason: 'drill' };
const set = (mode: BreakerMode) => (breaker: Breaker) =>
  setMode(breaker, { ...request, generation: breaker.generation, mode, untilMs: null }, now);
const record = (batch: Parameters<typeof recordOutcomes>[2]) => (breaker: Breaker) =>
  recordOutcomes(breaker, rule, { ...batch, generation: breaker.generation }, now);
const five = batchOf(closed(), failuresAt(now, now, now, now, now), now);
const offer = { openMs: 500, coolOffMs: 60_000, reason: 'opened while the database was away' };

/** Everything that can happen to it. */
const events: Record<string, (breaker: Breaker) => Step | null> = {
  'a failure': record(batchOf(closed(), failuresAt(now), now)),
  'five failures': record(five),
  'a success': record(batchOf(closed(), [['success', now]], now)),
  'a neutral outcome': record(batchOf(closed(), [['neutral', now]], now)),
  'an older generation’s failures': (b) =>
    recordOutcomes(b, rule, { ...five, generation: b.generation - 1 }, now),
  'a claim of the probe': (b) => claimProbe(b, { token: 'mine', leaseMs: 1 }, now),
  'a claim to look into it': (b) => claimClearing(b, { token: 'mine', leaseMs: 1 }, now),
  'the prober’s success': (b) => settleProbe(b, rule, found(b, 'success'), now),
  'the prober’s failure': (b) => settleProbe(b, rule, found(b, 'failure'), now),
  'the prober’s neutral end': (b) => settleProbe(b, rule, found(b, 'neutral'), now),
  'another prober’s success': (b) => settleProbe(b, rule, found(b, 'success', { token: 'not mine' }), now),
  'an older probe’s success': (b) => settleProbe(b, rule, found(older(b), 'success'), now),
  'an offered trip': (b) => offerTrip(b, { ...offer, generation: b.generation }, now),
  'an offered trip that ends no later': (b) =>
    offerTrip(b, { ...offer, openMs: 1, generation: b.generation }, now),
  'an outdated offer': (b) => offerTrip(b, { ...offer, generation: b.generation - 1 }, now),
  'FORCED_OPEN set': set('FORCED_OPEN'),
  'FORCED_CLOSED set': set('FORCED_CLOSED'),
  'AUTO set': set('AUTO'),
  'an outdated AUTO': (b) =>
    setMode(b, { ...request, generation: b.generation - 1, mode: 'AUTO', untilMs: 1 }, now),
  'a reset': (b) => reset(b, { ...request, generation: b.generation }, now),
  'an outdated reset': (b) => reset(b, { ...request, generation: b.generation - 1 }, now),
  'the mode’s end': (b) => expireMode(b, now),
};

/**
 * The cells, columns in the order of `places`. `-`: nothing happens; `+`: its data changes, its state does not;
 * C, O, H: it moves to CLOSED, OPEN, HALF_OPEN; F: it moves, and an operator decides.
 */
// prettier-ignore
const cells: Record<keyof typeof events, string> = {
  'a failure':                      '+O------------',
  'five failures':                  'OO------------',
  'a success':                      '-+------------',
  'a neutral outcome':              '--------------',
  'an older generation’s failures': '--------------',
  'a claim of the probe':           '---H-+-+------',
  'a claim to look into it':        '------------+-',
  'the prober’s success':           '----C--------C',
  'the prober’s failure':           '----O--------+',
  'the prober’s neutral end':       '----+--------+',
  'another prober’s success':       '--------------',
  'an older probe’s success':       '--------------',
  'an offered trip':                'OOOOOOOO----OO',
  'an offered trip that ends no later': 'OO-O-O-O------',
  'an outdated offer':              '--------------',
  'FORCED_OPEN set':                'FFFFFFFFFFFFFF',
  'FORCED_CLOSED set':              'FFFFFFFFFFFFFF',
  'AUTO set':                       'CCOOHHHHCCCCOO',
  'an outdated AUTO':               '--------------',
  'a reset':                        'CCCCCCCCCCCCCC',
  'an outdated reset':              '--------------',
  'the mode’s end':                 '----------CC--',
};

const meaning: Record<string, string> = {
  '-': 'changes nothing, and nothing is written',
  '+': 'is remembered without a transition',
  C: 'moves it to CLOSED',
  O: 'moves it to OPEN',
  H: 'moves it to HALF_OPEN',
  F: 'puts it under an operator’s word',
};

const table = Object.entries(cells).flatMap(([event, row]) =>
  Object.keys(places).map((place, column) => ({ place, event, cell: row[column]! })),
);

test('the table has a cell for every event in every place', () => {
  expect(Object.keys(cells)).toEqual(Object.keys(events));
  for (const row of Object.values(cells)) expect(row).toHaveLength(Object.keys(places).length);
});

test.each(table.map((entry) => [`${entry.place}: ${entry.event} ${meaning[entry.cell]!}`, entry] as const))(
  '%s',
  (_name, { place, event, cell }) => {
    const before = places[place]!;
    const step = events[event]!(before);
    if (cell === '-') {
      expect(step === null || (step.breaker === before && step.transition === null)).toBe(true);
      return;
    }
    const { breaker, transition } = step!;
    expect(breaker).toMatchObject({
      key: before.key,
      revision: before.revision + 1,
      history: before.history,
    });
    if (cell === '+') {
      expect(transition).toBeNull();
      expect({ ...breaker, revision: 0, phase: null }).toEqual({ ...before, revision: 0, phase: null });
      expect(breaker.phase.state).toBe(before.phase.state);
      expect(breaker.phase).not.toEqual(before.phase);
      return;
    }
    const to = { C: 'CLOSED', O: 'OPEN', H: 'HALF_OPEN' }[cell] ?? event.match(/OPEN|CLOSED/)![0];
    const generation = before.generation + 1;
    const mode = cell === 'F' ? event.split(' ')[0] : 'AUTO';
    const isOperators = event.endsWith('set');
    expect(transition).toEqual({
      from: shownState(before),
      to,
      mode,
      actor: isOperators ? 'ada' : null,
      reason: expect.stringMatching(/./),
      generation,
    });
    expect(shownState(breaker)).toBe(to);
    expect(breaker).toMatchObject({ generation, control: { mode } });
    if (cell === 'F' || cell === 'C') expect(breaker.phase).toMatchObject({ state: 'CLOSED' });
    expect(breaker.tripCount - before.tripCount).toBe(cell === 'O' && !isOperators ? 1 : 0);
  },
);
