import type { Sha256 } from '../system/digest.ts';
import type { Log } from '../system/log.ts';
import { createSerial } from '../system/one-at-a-time.ts';
import { createOutage, type Outage } from '../system/outage.ts';
import { encodeFrame, FILE_HEADER } from './spool-frame.ts';
import { readFrames, scanFile } from './spool-scan.ts';
import type { Spool, SpoolFile } from './spool.ts';

/** How much of the disk a spool takes. */
export interface SpoolSizes {
  /** The file never becomes longer. */
  readonly maxFileBytes: number;
  /** Room that is kept for what has begun. */
  readonly reserveBytes: number;
  /** How much longer the file is made at once. */
  readonly growthBytes: number;
}

/** The reserve holds the ends of more than a thousand routed calls; the whole, some hundred thousand calls. */
export const SPOOL_SIZES: SpoolSizes = {
  maxFileBytes: 1024 ** 3,
  reserveBytes: 2 * 1024 ** 2,
  growthBytes: 1024 ** 2,
};

export interface SpoolOptions {
  readonly file: SpoolFile;
  readonly sha256: Sha256;
  readonly log: Log;
  readonly sizes?: SpoolSizes;
}

/**
 * Opens the spool that a file holds. Behind its last frame the file goes on with
 * zeros: that room is ours already, so that a disk that fills up is noticed while what has begun can still end.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { file, sha256, log } = options;
  const { maxFileBytes, reserveBytes, growthBytes } = options.sizes ?? SPOOL_SIZES;
  const { damagedBytes, ...content } = await scanFile(file, sha256);
  if (damagedBytes > 0) log.error('A part of the audit spool cannot be read and is lost.', { damagedBytes });
  let { arrived, lastRecordEnd, end } = content;
  /** Where the room ends. On a disk that is full it may not be given back to be taken again. */
  let allocated = content.roomEnd ?? end;
  /** Whether anything but zeros may stand behind `end`: what was there before, or a write that failed. */
  let unsound = content.roomEnd === null;
  /** Whether the last try to grow failed. */
  let cramped = false;
  /** Whether what begins has room for its end, as the last turn left it: within one, room is cut off and made again. */
  let hasRoom = false;
  const { growth, writing } = createSpoolOutages(log);
  // In turn, because there is one end to write at.
  const turns = createTurns(writing, () => void (hasRoom = allocated - end >= reserveBytes));

  async function repair(): Promise<void> {
    if (!unsound) return;
    allocated = end;
    await cutBehind(file, end);
    unsound = false;
  }

  /** Makes room for so many bytes and the reserve, as far as there is any. */
  async function makeRoom(bytes: number): Promise<void> {
    if (end + bytes > maxFileBytes) throw new Error(`The audit spool has reached ${maxFileBytes} bytes`);
    const needed = end + bytes + reserveBytes;
    const grown = Math.min(needed + growthBytes, maxFileBytes);
    if (cramped || needed <= allocated || grown <= allocated) return;
    try {
      await file.write(allocated, new Uint8Array(grown - allocated));
      allocated = grown;
      growth.end();
    } catch (error) {
      // What is to be written may still fit: into the reserve, or into what is left of the disk.
      cramped = true;
      allocated = Math.max(allocated, await file.size());
      growth.begin({ reason: (error as Error).message });
    }
  }

  async function write(frames: Uint8Array): Promise<void> {
    unsound = true;
    await file.write(end, frames);
  }

  function wrote({ length }: Uint8Array): void {
    unsound = false;
    allocated = Math.max(allocated, (end += length));
  }

  async function append(frames: Uint8Array): Promise<void> {
    await repair();
    await makeRoom(frames.length);
    await write(frames);
    await file.sync();
    wrote(frames);
    lastRecordEnd = end;
  }

  async function recover(): Promise<void> {
    cramped = false;
    await repair();
    await makeRoom(0);
  }

  async function discard(position: number): Promise<void> {
    arrived = position;
    if (arrived >= lastRecordEnd) {
      arrived = lastRecordEnd = end = FILE_HEADER.length;
      unsound = true;
      return recover();
    }
    // Progress saves repeating what has arrived. It is a hint: not worth a sync, the reserve or an error.
    const frame = encodeFrame(sha256, { kind: 'progress', position });
    if (unsound || end + frame.length > allocated) return;
    await write(frame);
    wrote(frame);
  }

  await turns.takeOrTell(recover);

  return {
    async append(records) {
      const frames = join(records.map((payload) => encodeFrame(sha256, { kind: 'record', payload })));
      await turns.take(() => append(frames));
    },
    peek: (limit) => readRecords(readFrames(file, sha256, arrived, end), arrived, limit),
    discard: (position) => turns.takeOrTell(() => discard(position)),
    isEmpty: () => arrived >= lastRecordEnd,
    accepts: () => !turns.hasFailed() && hasRoom,
    recover: () => turns.take(recover),
    [Symbol.asyncDispose]: turns.settled,
  };
}

/** What may be out of order with a spool. */
function createSpoolOutages(log: Log): { readonly growth: Outage; readonly writing: Outage } {
  return {
    growth: createOutage(log, {
      begun: 'The audit spool cannot grow.',
      ended: 'The audit spool grows again.',
    }),
    writing: createOutage(log, {
      begun: 'The audit spool cannot be written at the moment.',
      ended: 'The audit spool can be written again.',
    }),
  };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Leaves the file with nothing but its first `end` bytes, durably. */
async function cutBehind(file: SpoolFile, end: number): Promise<void> {
  if (end > FILE_HEADER.length) await file.truncate(end);
  else {
    await file.truncate(0);
    await file.write(0, FILE_HEADER);
  }
  await file.sync();
}

/** The first `limit` records among frames that begin at `start`, and where the last of them ends. */
async function readRecords(frames: ReturnType<typeof readFrames>, start: number, limit: number) {
  const records: Uint8Array[] = [];
  let end = start;
  for await (const placed of frames) {
    if (placed.frame.kind !== 'record') continue;
    records.push(placed.frame.payload);
    end = placed.end;
    if (records.length === limit) break;
  }
  return { records, end };
}

/** Does one piece of work after the other, and remembers whether the last one failed; `onEnd` runs after each. */
function createTurns(writing: Outage, onEnd: () => void) {
  const { run, settled } = createSerial();
  let hasFailed = false;
  const end = (failed: boolean) => {
    hasFailed = failed;
    if (!failed) writing.end();
    onEnd();
  };
  const take = (work: () => Promise<void>) => {
    const taken = run(work);
    // First to hear of the outcome, so that whoever waits for it finds it noted.
    taken.then(
      () => end(false),
      () => end(true),
    );
    return taken;
  };
  return {
    take,
    takeOrTell: (work: () => Promise<void>) =>
      take(work).catch((error: unknown) => writing.begin({ reason: (error as Error).message })),
    hasFailed: () => hasFailed,
    settled,
  };
}
