import type { Spool } from '../../../src/audit/spool.ts';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { createLedger, type LedgerDependencies } from '../../../src/routing/record/ledger.service.ts';
import { createRecorder, type RecorderDependencies } from '../../../src/routing/record/record.service.ts';
import type { Database } from '../../../src/storage/database.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { createMemorySetAside, createMemorySpool } from './memory-spool.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { random } from './decisions.ts';

type Changed = Partial<Omit<RecorderDependencies & LedgerDependencies, 'database'>>;

/** A recorder with a ledger of its own, as an instance on this database has them. */
export function createTestRecorder(database: Database, changed: Changed = {}) {
  const spool: Spool = changed.spool ?? createMemorySpool();
  const parts = {
    database,
    bus: createMemoryBus(silentLog),
    sha256: nodeSha256,
    random,
    clock: nodeClock,
    timers: nodeTimers,
    log: silentLog,
  };
  const aside = changed.aside ?? createMemorySetAside();
  const ledger = createLedger({ ...parts, ...changed, spool, aside });
  return { ledger, spool, aside, recorder: createRecorder({ ledger, ...parts, ...changed }) };
}
