import type { Bus, BusEvent } from '../../../src/events/bus.ts';
import { createFanOut } from '../../../src/events/fan-out.service.ts';
import { createBreakerBoard, type BreakerBoard } from '../../../src/breakers/board/board.service.ts';
import { untouched, type Breaker } from '../../../src/breakers/rule/breaker.ts';
import type { Step } from '../../../src/breakers/rule/step.ts';
import { placeAt, type BreakerRow, type BreakerWrite } from '../../../src/breakers/table/breaker-row.ts';
import type { BreakerTable } from '../../../src/breakers/table/breaker.store.ts';
import type { Log } from '../../../src/system/log.ts';
import type { Timers } from '../../../src/system/timers.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { asRead } from '../rule/breakers.ts';

/** All breakers at one moment; instants are of the model's own clock. Never changed, so that copies cost nothing. */
export type Copy = ReadonlyMap<string, Breaker>;

/** One instance: its board, and what is still on its way to it. */
export interface Instance {
  readonly board: BreakerBoard;
  /** Its monotonic clock when the model's shows 0: no two agree. */
  readonly clockOffset: number;
  /** Probes that it has won. */
  readonly won: { readonly key: string; readonly generation: number; readonly token: string }[];
  readonly late: (() => void)[];
  /** What its next reads of the table find; the first is used up by each. Beyond them: the table as it is. */
  readonly reads: (Copy | 'fails')[];
}

/** A database with one table, the instances that share it, and a network between them that loses and delays. */
export interface FleetModel extends AsyncDisposable {
  now: number;
  table: Copy;
  /** What the table was before, the latest last. */
  readonly copies: Copy[];
  readonly instances: readonly Instance[];
  /** What becomes of an event on its way to another instance. */
  fate: () => 'arrives' | 'late' | 'lost' | 'twice';
  /** Takes a step on the table as it is; the answer is the caller's to deliver. */
  write(key: string, take: (breaker: Breaker, now: number) => Step | null): BreakerWrite | null;
  /** Puts a table in the place of the present one. */
  replace(table: Copy): void;
}

const idle: Timers = {
  after: () => ({ [Symbol.dispose]: () => undefined }),
  wait: () => Promise.reject(new Error('nobody waits here')),
};

/** An untouched table and so many instances. */
export async function createFleetModel(count: number, log: Log): Promise<FleetModel> {
  const ids = new Map<Copy, string>();
  const instances: Instance[] = [];
  const fans: ReturnType<typeof createFanOut>[] = [];
  let transitions = 0;

  const model: FleetModel = {
    now: 1_000_000,
    table: new Map(),
    copies: [],
    instances,
    fate: () => 'arrives',
    write(key, take) {
      const before = model.table.get(key) ?? untouched(key);
      const step = take(before, model.now);
      if (step === null || step.breaker === before) return null;
      model.replace(new Map(model.table).set(key, step.breaker));
      const { transition } = step;
      transitions += 1;
      return {
        row: rowAt(step.breaker, model.now),
        transition: transition && { ...transition, seq: transitions, at: model.now },
      };
    },
    replace(table) {
      model.copies.push(model.table);
      if (model.copies.length > 40) ids.delete(model.copies.shift()!);
      model.table = table;
    },
    async [Symbol.asyncDispose]() {
      for (const { board } of instances) await board[Symbol.asyncDispose]();
    },
  };

  function versionOf(copy: Copy) {
    const tag = ids.get(copy) ?? `copy ${ids.size} of ${model.now} after ${transitions}`;
    ids.set(copy, tag);
    return { seq: [...copy.values()].reduce((sum, { revision }) => sum + revision, 0), tag };
  }

  function tableFor(reads: Instance['reads']): BreakerTable {
    const read = async () => {
      const found = reads.shift() ?? model.table;
      if (found === 'fails') throw new Error('connection refused');
      return found;
    };
    return {
      readVersion: async () => versionOf(await read()),
      async load() {
        const copy = await read();
        return {
          version: versionOf(copy),
          rows: [...copy.values()].map((breaker) => rowAt(breaker, model.now)),
        };
      },
    };
  }

  function busOf(own: number): Bus {
    const send = (event: BusEvent) => {
      fans.forEach(({ deliver }, index) => {
        if (index === own) return deliver(event);
        const fate = model.fate();
        if (fate === 'late') instances[index]?.late.push(() => deliver(event));
        if (fate === 'arrives' || fate === 'twice') deliver(event);
        if (fate === 'twice') deliver(event);
      });
    };
    const { add, onResync } = fans[own]!;
    return {
      ...createMemoryBus(silentLog),
      publish: send,
      subscribe: async (topic, hear) => add(topic, hear),
      onResync,
    };
  }

  for (let index = 0; index < count; index += 1) {
    fans.push(createFanOut(silentLog));
    const reads: Instance['reads'] = [];
    const clockOffset = index * 7_777 + 13;
    const clock = { monotonicMs: () => model.now + clockOffset, now: () => model.now };
    const parts = { table: tableFor(reads), bus: busOf(index), clock, timers: idle, log };
    instances.push({ board: await createBreakerBoard(parts), clockOffset, won: [], late: [], reads });
  }
  return model;
}

/** A breaker as it is read when the clock of its instants shows `now`. */
function rowAt(breaker: Breaker, now: number): BreakerRow {
  return asRead(placeAt(asRead(breaker), -now));
}
