import { appendEntries } from '../audit/audit.store.ts';
import { PLATFORM_TENANT_ID } from '../audit/entry.ts';
import type { CatalogView } from '../catalog/catalog-view.ts';
import { modelKey } from '../providers/model-key.ts';
import type { Database } from '../storage/database.ts';
import { readDatabaseClock } from '../storage/database-clock.ts';
import { orUnavailable } from '../storage/storage-fault.ts';
import { inTransaction } from '../storage/transaction.ts';
import type { Clock } from '../system/clock.ts';
import { ConflictError, NotFoundError } from '../system/expected-error.ts';
import { InputReader, requireSound, type Checked } from '../system/input/reader.ts';
import { integer, laterThan, line } from '../system/input/rules.ts';
import type { Random } from '../system/random.ts';
import type { BreakerBoard } from './board/board.service.ts';
import { setMode } from './table/rare-steps.store.ts';
import type { BreakerMode } from './rule/breaker.ts';

/** Which breaker an operator means, and which generation of it they saw. */
export interface BreakerTarget {
  readonly providerSlug: string;
  readonly modelSlug: string;
  readonly generation: number;
  readonly reason: string;
}

/** What an operator wants of a breaker. `until`: milliseconds since the epoch; null: until further notice. */
export interface Override extends BreakerTarget {
  readonly mode: BreakerMode;
  readonly until: number | null;
}

/**
 * An operator's hand on the breakers: for the whole fleet, kept, and on record in the platform's audit chain. Both
 * throw NotFoundError, InvalidInputError, ConflictError with the present generation, UnavailableError.
 */
export interface BreakerControls {
  /** Forces a breaker, or lets it decide by itself again. */
  override(actor: string, wanted: Override): Promise<void>;
  /** Closes a breaker and forgets its failures, whatever it was. */
  reset(actor: string, target: BreakerTarget): Promise<void>;
}

export interface BreakerControlsOptions {
  readonly database: Database;
  readonly board: BreakerBoard;
  readonly catalog: () => CatalogView;
  readonly clock: Clock;
  readonly random: Random;
}

/** Why, for those who find it so. */
const reasonRule = line(1, 500);
const generationRule = integer(0, Number.MAX_SAFE_INTEGER);

/** Makes the controls of the fleet's breakers. */
export function createBreakerControls(options: BreakerControlsOptions): BreakerControls {
  const { database, board, catalog, clock, random } = options;

  async function change(
    actor: string,
    wanted: Override,
    type: 'breaker.overridden' | 'breaker.reset',
  ): Promise<void> {
    const key = modelKey(wanted.providerSlug, wanted.modelSlug);
    if (catalog().model(key) === undefined) throw new NotFoundError('There is no such model.');
    const at = clock.now();
    // By the clock that will end it.
    const now = wanted.until === null ? at : await orUnavailable(() => readDatabaseClock(database.prisma));
    const { mode, reason, generation, until } = requireSound(checkWanted(wanted, now));
    const untilMs = until === null ? null : until - now;
    const isReset = type === 'breaker.reset';
    const request = { key, generation, mode, actor, reason, untilMs, reset: isReset };
    const write = await orUnavailable(() =>
      inTransaction(database.prisma, async (tx) => {
        const written = await setMode(tx, request);
        if (written === null) return null;
        const from = written.transition?.from ?? null;
        const word = isReset ? {} : { mode, until: until === null ? null : new Date(until).toISOString() };
        const payload = { key, ...word, reason, from, generation: written.row.generation };
        const entry = { id: random.uuid(), tenantId: PLATFORM_TENANT_ID, type, at, actor, payload };
        await appendEntries(tx, [entry]);
        return written;
      }),
    );
    if (write !== null) return board.applyWrites([write]);
    await board.refresh();
    const present = board.breakerOf(key).generation;
    throw new ConflictError(`The breaker has moved on: it is at generation ${present}.`, present, {
      type: 'CircuitBreaker',
      id: key,
    });
  }

  return {
    override: (actor, wanted) => change(actor, wanted, 'breaker.overridden'),
    reset: (actor, target) => change(actor, { ...target, mode: 'AUTO', until: null }, 'breaker.reset'),
  };
}

function checkWanted(wanted: Override, now: number): Checked<Override> {
  const input = new InputReader(wanted);
  input.required('reason', reasonRule);
  const { mode, until } = wanted;
  if (until !== null && mode === 'AUTO') input.refuse('must be absent with AUTO, which has no end', 'until');
  else input.nullable('until', laterThan(now));
  input.required('generation', generationRule);
  return input.checked(wanted);
}
