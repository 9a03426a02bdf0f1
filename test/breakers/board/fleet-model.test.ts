import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { admissionOf } from '../../../src/breakers/rule/admission-of.ts';
import { untouched, type BreakerMode, type BreakerSignal } from '../../../src/breakers/rule/breaker.ts';
import { claimProbe, recordOutcomes, settleProbe } from '../../../src/breakers/rule/machine.ts';
import { claimClearing, isSuspected } from '../../../src/breakers/rule/suspicion.ts';
import { expireMode, reset, setMode } from '../../../src/breakers/rule/mode.ts';
import { placeAt, type BreakerWrite } from '../../../src/breakers/table/breaker-row.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';
import { asRead, rule } from '../rule/breakers.ts';
import { createFleetModel, type FleetModel, type Instance } from './fleet-model.ts';
import { createNumbers } from '../../support/seeded-numbers.ts';

/** Another number for those who ask for it. */
const STEPS = Number(process.env['TEST_MODEL_STEPS'] ?? 1_000_000);
const SEED = Number(process.env['TEST_MODEL_SEED'] ?? 20_261_127);

/** So many steps go by before everything that is on its way has come, and boards are compared with the table. */
const STEPS_UNTIL_REST = 200;

const KEYS = ['a/one', 'a/two', 'b/three'];

const draw = createNumbers(SEED);
const below = (count: number) => Math.floor(draw() * count);
const pick = <T>(some: readonly T[]): T => some[below(some.length)]!;

/** What has been seen to happen: without these the steps would have shown nothing. */
const met = new Map<string, number>();
const note = (what: string) => void met.set(what, (met.get(what) ?? 0) + 1);

type Happening = (model: FleetModel, instance: Instance, key: string) => void | Promise<unknown>;

/** What a write has made of a breaker reaches its instance at once, later, or never. */
function answer({ board, late }: Instance, write: BreakerWrite | null): void {
  if (write === null) return;
  if (write.transition !== null) note(`${write.transition.from} → ${write.transition.to}`);
  const chance = draw();
  if (chance < 0.8) board.applyWrites([write]);
  else if (chance < 0.95) late.push(() => board.applyWrites([write]));
}

const outcomes: Happening = (model, instance, key) => {
  const { generation } = instance.board.breakerOf(key);
  const isSuccess = draw() < 0.3;
  const failureAgesMs = isSuccess ? [] : Array.from({ length: 1 + below(rule.threshold) }, () => 0);
  const tenant = pick(['t', 't', 't', 'u', null]);
  const failureTenants = failureAgesMs.map(() => (draw() < 0.9 ? tenant : 'u'));
  const batch = { key, generation, successAgeMs: isSuccess ? 0 : null, failureAgesMs, failureTenants };
  answer(
    instance,
    model.write(key, (breaker, now) => recordOutcomes(breaker, rule, batch, now)),
  );
};

const claims: Happening = (model, instance, key) => {
  const { board, clockOffset, won } = instance;
  if (admissionOf(board.breakerOf(key), model.now + clockOffset).kind !== 'probe_due') return;
  const token = `token ${model.now} ${below(1e9)}`;
  const write = model.write(key, (breaker, now) => claimProbe(breaker, { token, leaseMs: 20_000 }, now));
  if (write !== null) won.push({ key, generation: write.row.generation, token });
  answer(instance, write);
};

/** An instance that knows of others looks into what one tenant's calls have opened. */
const looksInto: Happening = (model, instance, key) => {
  const { board, clockOffset, won } = instance;
  if (!isSuspected(board.breakerOf(key).phase, model.now + clockOffset)) return;
  const token = `token ${model.now} ${below(1e9)}`;
  const write = model.write(key, (breaker, now) => claimClearing(breaker, { token, leaseMs: 20_000 }, now));
  if (write !== null) {
    won.push({ key, generation: write.row.generation, token });
    note('is looked into');
  }
  answer(instance, write);
};

const settles: Happening = (model, instance) => {
  const probe = instance.won.splice(below(instance.won.length), 1)[0];
  if (probe === undefined) return;
  const signal = pick<BreakerSignal>(['success', 'success', 'failure', 'neutral']);
  const found = { ...probe, signal, retryAfterMs: null, jitter: 0 };
  answer(
    instance,
    model.write(probe.key, (breaker, now) => settleProbe(breaker, rule, found, now)),
  );
};

const operates: Happening = (model, instance, key) => {
  const { generation } = instance.board.breakerOf(key);
  const mode = pick<BreakerMode>(['AUTO', 'FORCED_OPEN', 'FORCED_CLOSED']);
  const request = {
    generation,
    actor: 'ops',
    reason: 'drill',
    mode,
    untilMs: mode === 'AUTO' ? null : 9_000,
  };
  const isReset = draw() < 0.3;
  answer(
    instance,
    model.write(key, (breaker, now) =>
      isReset ? reset(breaker, request, now) : setMode(breaker, request, now),
    ),
  );
};

const expires: Happening = (model, instance, key) => answer(instance, model.write(key, expireMode));

const looks: Happening = (model, { board, reads }) => {
  const kinds = ['now', 'now', 'now', 'older', 'changes hands', 'changes back', 'fails'] as const;
  const kind = pick(kinds);
  if (kind === 'fails') reads.push('fails');
  else if (kind !== 'now') {
    // A look reads up to twice, perhaps at two servers of a database that changes hands.
    const copy = pick(model.copies.length === 0 ? [model.table] : model.copies);
    reads.push(kind === 'changes back' ? model.table : copy);
    if (kind !== 'changes hands') reads.push(copy);
    note('a read of an older copy');
  }
  return board.refresh().then(() => void reads.splice(0));
};

const arrives: Happening = (_, { late }) => late.splice(below(late.length), 1)[0]?.();

const passes: Happening = async (model) => {
  // What has been read is placed on a board's clock at once.
  await turn();
  model.now += pick([1, 50, 3_000, 30_000, 70_000]);
};

const fallsBack: Happening = (model) => {
  if (model.copies.length === 0) return;
  model.replace(pick(model.copies));
  note('the table falls back');
};

const isDeleted: Happening = (model, _, key) => {
  if (!model.table.has(key)) return;
  const rest = new Map(model.table);
  rest.delete(key);
  model.replace(rest);
  note('a row is deleted');
};

const happenings: readonly (readonly [number, Happening])[] = [
  [30, outcomes],
  [12, claims],
  [8, looksInto],
  [12, settles],
  [3, operates],
  [3, expires],
  [20, looks],
  [10, arrives],
  [10, passes],
  [0.5, fallsBack],
  [0.5, isDeleted],
];
const total = happenings.reduce((sum, [weight]) => sum + weight, 0);

function drawHappening(): Happening {
  let rest = draw() * total;
  for (const [weight, happening] of happenings) {
    rest -= weight;
    if (rest < 0) return happening;
  }
  return outcomes;
}

/** Everything that is on its way comes, then every instance looks once, as its poll does. */
async function comeToRest({ instances }: FleetModel): Promise<void> {
  for (const { late, reads } of instances) {
    for (const come of late.splice(0)) come();
    reads.splice(0);
  }
  await turn();
  for (const { board } of instances) await board.refresh();
}

test(
  `boards end where the table is, after ${STEPS} random steps with reads of older copies, lost messages and tables that fall back`,
  {
    timeout: 60_000 + STEPS,
  },
  async () => {
    const log = createKeptLog();
    await using model = await createFleetModel(3, log);
    model.fate = () => pick(['arrives', 'arrives', 'arrives', 'late', 'lost', 'twice']);
    for (let step = 1; step <= STEPS; step += 1) {
      await drawHappening()(model, pick(model.instances), pick(KEYS));
      if (draw() < 0.2) await turn();
      if (step % STEPS_UNTIL_REST !== 0) continue;
      await comeToRest(model);
      for (const [index, { board, clockOffset }] of model.instances.entries()) {
        for (const key of KEYS) {
          const expected = placeAt(asRead(model.table.get(key) ?? untouched(key)), clockOffset);
          expect(board.breakerOf(key), `seed ${SEED}, step ${step}, instance ${index}, ${key}`).toEqual(
            expected,
          );
        }
      }
    }
    for (const what of [
      'CLOSED → OPEN',
      'OPEN → HALF_OPEN',
      'HALF_OPEN → CLOSED',
      'HALF_OPEN → OPEN',
      'OPEN → CLOSED',
      'is looked into',
      'a read of an older copy',
      'the table falls back',
      'a row is deleted',
    ]) {
      expect(met.get(what) ?? 0, what).toBeGreaterThan(STEPS / 2_000);
    }
    expect(log.lines.filter((line) => line.includes('lacks what was known'))).not.toEqual([]);
  },
);
