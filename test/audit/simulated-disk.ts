import type { SpoolFile } from '../../src/audit/spool.ts';

/** What happens at one of the operations that change a file; reading never fails. */
export type Incident =
  /** Power is lost: this operation and all after it reject, and what was not synced may be lost. */
  | 'crash'
  /** The operation does a part of its work and rejects; the next one succeeds. */
  | 'fault';

/** A disk with one file that fails on demand, and forgets at a crash what a real one may forget. */
export interface SimulatedDisk {
  /** The file, as a process that starts now finds it. `incident` strikes at the operation of that number, from 1. */
  open(incident?: { readonly at: number; readonly kind: Incident }): SpoolFile;
  /** Operations that changed the file since it was opened. */
  operations(): number;
  /** Loses power: what was not synced survives as `coin` decides, sector by sector. */
  crash(coin: () => boolean): void;
  /** How long the file may become; beyond it a write ends with ENOSPC. */
  capacity: number;
}

const SECTOR_BYTES = 512;

type Change = { readonly position: number; readonly bytes: Uint8Array } | { readonly length: number };

export function createSimulatedDisk(): SimulatedDisk {
  let durable = new Uint8Array(0);
  let present = new Uint8Array(0);
  let unsynced: Change[] = [];
  let operations = 0;

  const disk: SimulatedDisk = {
    capacity: Number.POSITIVE_INFINITY,
    operations: () => operations,
    crash(coin) {
      for (const change of unsynced.flatMap(sectors)) if (coin()) durable = applied(durable, change);
      present = durable;
      unsynced = [];
    },
    open(incident) {
      operations = 0;
      let crashed = false;
      /** Whether this operation is to do only a part of its work. */
      const strikes = () => {
        if (crashed) throw new Error('the process is gone');
        operations += 1;
        if (operations !== incident?.at) return false;
        crashed = incident.kind === 'crash';
        return true;
      };
      const change = (whole: Change) => {
        unsynced.push(whole);
        present = applied(present, whole);
      };
      return {
        size: () => Promise.resolve(present.length),
        read: (position, length) => Promise.resolve(present.slice(position, position + length)),
        async write(position, bytes) {
          const struck = strikes();
          const fits = Math.max(0, disk.capacity - position);
          const taken = Math.min(bytes.length, fits, struck ? Math.floor(bytes.length * 0.6) : Infinity);
          if (taken > 0) change({ position, bytes: bytes.slice(0, taken) });
          if (taken < bytes.length || struck) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        },
        async truncate(length) {
          if (strikes()) throw new Error('EIO');
          change({ length });
        },
        async sync() {
          if (strikes()) throw new Error('EIO');
          durable = present;
          unsynced = [];
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
  return disk;
}

function applied(file: Uint8Array<ArrayBuffer>, change: Change): Uint8Array<ArrayBuffer> {
  const length =
    'length' in change ? change.length : Math.max(file.length, change.position + change.bytes.length);
  const next = new Uint8Array(length);
  next.set(file.subarray(0, length));
  if ('bytes' in change) next.set(change.bytes, change.position);
  return next;
}

/** The parts of a change that reach the disk separately. */
function sectors(change: Change): Change[] {
  if ('length' in change) return [change];
  const parts: Change[] = [];
  for (let at = 0; at < change.bytes.length;) {
    const position = change.position + at;
    const length = SECTOR_BYTES - (position % SECTOR_BYTES);
    parts.push({ position, bytes: change.bytes.slice(at, at + length) });
    at += length;
  }
  return parts;
}
