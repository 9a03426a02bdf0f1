import type { StorageFault } from '../../../storage/storage-fault.ts';

/**
 * What a failed write says of what was to be written.
 *
 * | verdict | the database                                    | so                                         |
 * |---------|-------------------------------------------------|--------------------------------------------|
 * | away    | serves nobody                                   | everything waits for it                    |
 * | busy    | serves somebody else first                      | the same again, soon                       |
 * | refused | refuses a record for what is in it              | that one is found and set aside            |
 * | unclear | or the way to it, failed in a way not foreseen  | refused, if an empty write succeeds: `away` |
 */
export type WriteVerdict = 'away' | 'busy' | 'refused' | 'unclear';

const byFault: Record<Exclude<StorageFault['kind'], 'other'>, WriteVerdict> = {
  unavailable: 'away',
  lock_timeout: 'busy',
  serialization: 'busy',
  constraint: 'refused',
};

/**
 * By classes of SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html): a feature, a transaction
 * state, a privilege, a function or a table that is not what this build knows is so for every record.
 */
const byStateClass: Readonly<Record<string, WriteVerdict>> = {
  '0A': 'away',
  '21': 'refused',
  '22': 'refused',
  '23': 'refused',
  '25': 'away',
  '26': 'away',
  '28': 'away',
  '3D': 'away',
  '3F': 'away',
  '42': 'away',
  '44': 'refused',
  '54': 'refused',
  P0: 'refused',
};

/** Judges a fault; `sqlState` is that of its error, null when the database did not answer. */
export function judgeWrite(fault: StorageFault, sqlState: string | null): WriteVerdict {
  if (fault.kind !== 'other') return byFault[fault.kind];
  return byStateClass[sqlState?.slice(0, 2) ?? ''] ?? 'unclear';
}

/** A fault in a few words, without anything of what was to be written. */
export function describeFault(fault: StorageFault, sqlState: string | null): string {
  if (fault.kind === 'constraint') return `constraint ${fault.constraint}`;
  return sqlState === null ? fault.kind : `SQLSTATE ${sqlState}`;
}
