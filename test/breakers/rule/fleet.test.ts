import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admissionOf, nextProbeAtOf } from '../../../src/breakers/rule/admission-of.ts';
import type { BreakerMode, BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe, offerTrip, settleProbe } from '../../../src/breakers/rule/machine.ts';
import { expireMode, reset, setMode } from '../../../src/breakers/rule/mode.ts';
import { found, rule } from './breakers.ts';
import { begin, end, find, Fleet, probe, tell } from './instances.ts';
import { retell, type Entry } from './journal.ts';

const longestLeaseMs = 90_000;
const longestRetryAfterMs = 120_000;

/** One thing that happens; `journal` is the model, from which everything is told anew each time. */
type Happening = (fleet: Fleet, journal: Entry[]) => void;

class Happens implements fc.Command<Entry[], Fleet> {
  readonly #name: string;
  readonly #happening: Happening;
  constructor(name: string, happening: Happening) {
    this.#name = name;
    this.#happening = happening;
  }
  check = () => true;
  toString = () => this.#name;
  run(journal: Entry[], fleet: Fleet): void {
    this.#happening(fleet, journal);
    expectTold(fleet, journal);
    expectRecoverable(fleet);
  }
}

function expectTold({ breaker }: Fleet, journal: readonly Entry[]): void {
  const { phase, control } = breaker;
  const story = retell(journal);
  const isClosed = phase.state === 'CLOSED';
  expect({
    state: phase.state,
    mode: control.mode,
    generation: breaker.generation,
    trips: breaker.tripCount,
    failures: isClosed ? phase.failures : [],
    probeFrom: isClosed ? null : nextProbeAtOf(breaker),
    coolOffMs: isClosed ? null : phase.coolOffMs,
    prober: phase.state === 'HALF_OPEN' ? (phase.probe?.token ?? null) : null,
  }).toEqual({
    state: story.state,
    mode: story.mode,
    generation: story.generation,
    trips: story.trips,
    failures: story.failures.sort((one, other) => one - other),
    probeFrom: isClosed ? null : story.probeFrom,
    coolOffMs: isClosed ? null : story.coolOffMs,
    prober: story.prober,
  });
}

/** Nobody waits for ever: within a known time a probe may begin, and its success lets calls through. */
function expectRecoverable({ breaker, now }: Fleet): void {
  const dueAt = nextProbeAtOf(breaker);
  if (dueAt === null) return;
  expect(dueAt - now).toBeLessThanOrEqual(Math.max(rule.maxCoolOffMs, longestLeaseMs, longestRetryAfterMs));
  const half = claimProbe(breaker, { token: 'mine', leaseMs: 2 }, dueAt)!.breaker;
  const { breaker: well } = settleProbe(half, rule, found(half, 'success'), dueAt + 1);
  expect(admissionOf(well, dueAt + 1)).toEqual({ kind: 'admit', generation: well.generation });
}

const instance = fc.nat(2);
const signal = fc.constantFrom<BreakerSignal>('failure', 'failure', 'success', 'neutral');
const mode = fc.constantFrom<BreakerMode>('AUTO', 'FORCED_OPEN', 'FORCED_CLOSED');
const request = { actor: 'ada', reason: 'drill' };

/** A happening that these arbitraries complete. */
const happens = <T>(arbitrary: fc.Arbitrary<T>, name: string, happening: (choice: T) => Happening) =>
  arbitrary.map((choice) => new Happens(`${name} ${JSON.stringify(choice)}`, happening(choice)));

const looks = happens(instance, 'looks', (i) => (fleet) => {
  fleet.instances[i]!.seen = fleet.breaker;
});
const waits = happens(
  fc.oneof(fc.nat(2_000), fc.nat(70_000), fc.constant(3_600_000)),
  'waits',
  (ms) => (fleet) => {
    fleet.now += ms;
  },
);
const untilDue = happens(fc.constant(null), 'waits for the probe', () => (fleet) => {
  fleet.now = Math.max(fleet.now, nextProbeAtOf(fleet.breaker) ?? 0);
});
const begins = happens(instance, 'begins', (i) => (fleet) => begin(fleet, fleet.instances[i]!));
const ends = happens(fc.tuple(instance, signal), 'ends', ([i, how]) => (fleet) => {
  end(fleet, fleet.instances[i]!, how);
});
const bursts = happens(fc.tuple(instance, fc.nat(6), signal), 'bursts', ([i, count, how]) => (fleet) => {
  for (let call = 0; call < count; call += 1) {
    begin(fleet, fleet.instances[i]!);
    fleet.now += 10;
    end(fleet, fleet.instances[i]!, how);
  }
});
const tells = happens(fc.tuple(instance, fc.nat(9)), 'tells', ([i, which]) => (fleet, journal) => {
  tell(fleet, journal, fleet.instances[i]!, which);
});
const leaseMs = fc.integer({ min: 1, max: longestLeaseMs });
const finding = fc.record({
  signal,
  retryAfterMs: fc.option(fc.nat(longestRetryAfterMs), { freq: 2 }),
  jitter: fc.double({ min: 0, max: 0.1, noNaN: true }),
});
const probes = happens(fc.tuple(instance, leaseMs), 'probes', ([i, forMs]) => (fleet, journal) => {
  probe(fleet, journal, fleet.instances[i]!, forMs);
});
const finds = happens(
  fc.tuple(instance, fc.nat(2), finding),
  'finds',
  ([i, back, what]) =>
    (fleet, journal) => {
      find(fleet, journal, fleet.instances[i]!.probes.at(-1 - back), what);
    },
);
const tries = happens(
  fc.tuple(instance, leaseMs, finding),
  'tries',
  ([i, forMs, what]) =>
    (fleet, journal) => {
      const prober = fleet.instances[i]!;
      prober.seen = fleet.breaker;
      fleet.now = Math.max(fleet.now, nextProbeAtOf(fleet.breaker) ?? 0);
      probe(fleet, journal, prober, forMs);
      fleet.now += Math.floor(forMs / 2);
      find(fleet, journal, prober.probes.at(-1), what);
    },
);
const offers = happens(
  fc.tuple(instance, fc.integer({ min: 1, max: 60_000 })),
  'offers',
  ([i, openMs]) =>
    (fleet, journal) => {
      const { generation } = fleet.instances[i]!.seen;
      const offer = { generation, openMs, coolOffMs: 60_000 };
      journal.push({ at: fleet.now, what: 'offer', ...offer });
      fleet.take(offerTrip(fleet.breaker, { ...offer, reason: 'opened alone' }, fleet.now));
    },
);
const operates = happens(
  fc.tuple(instance, mode, fc.option(fc.nat(100_000))),
  'sets',
  ([i, to, untilMs]) =>
    (fleet, journal) => {
      const { generation } = fleet.instances[i]!.seen;
      journal.push({ at: fleet.now, what: 'mode', generation, mode: to, untilMs });
      fleet.take(setMode(fleet.breaker, { ...request, generation, mode: to, untilMs }, fleet.now));
    },
);
const resets = happens(instance, 'resets', (i) => (fleet, journal) => {
  const { generation } = fleet.instances[i]!.seen;
  journal.push({ at: fleet.now, what: 'reset', generation });
  fleet.take(reset(fleet.breaker, { ...request, generation }, fleet.now));
});
const expires = happens(fc.constant(null), 'expires', () => (fleet, journal) => {
  journal.push({ at: fleet.now, what: 'expiry' });
  fleet.take(expireMode(fleet.breaker, fleet.now));
});

const machineOnly = [
  looks,
  looks,
  waits,
  untilDue,
  begins,
  ends,
  bursts,
  bursts,
  tells,
  tells,
  probes,
  finds,
  tries,
  tries,
];
const everything = [...machineOnly, ...machineOnly, offers, operates, resets, expires, expires];

test.each([
  ['by itself', machineOnly],
  ['with operators and instances that come back', everything],
])(
  'several instances, late views and messages in any order: the breaker %s does what its rules say over all that happened',
  (_name, happenings) => {
    const met = new Set<string>();
    fc.assert(
      fc.property(fc.commands(happenings, { maxCommands: 80, size: 'max' }), (commands) => {
        const fleet = new Fleet();
        fc.modelRun(() => ({ model: [], real: fleet }), commands);
        for (const transition of fleet.met) met.add(transition);
      }),
      { numRuns: 300 },
    );
    // Without these the runs would have shown nothing.
    expect([...met]).toEqual(
      expect.arrayContaining(['CLOSED → OPEN', 'OPEN → HALF_OPEN', 'HALF_OPEN → CLOSED', 'HALF_OPEN → OPEN']),
    );
  },
);
