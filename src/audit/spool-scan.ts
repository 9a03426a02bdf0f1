import type { Sha256 } from '../system/digest.ts';
import { StartError } from '../system/start-error.ts';
import { FILE_HEADER, nextMark, readFrame, type Frame } from './spool-frame.ts';
import type { SpoolFile } from './spool.ts';

/** How much of a file is read at once, unless one frame is longer. */
const WINDOW_BYTES = 1024 ** 2;

/** A frame and where it stands. */
export interface PlacedFrame {
  readonly frame: Frame;
  readonly start: number;
  readonly end: number;
}

/** The frames of a file between two positions, in order. What is no frame is passed over. */
export async function* readFrames(
  file: SpoolFile,
  sha256: Sha256,
  from: number,
  to: number,
): AsyncGenerator<PlacedFrame> {
  let position = from;
  let windowBytes = WINDOW_BYTES;
  while (position < to) {
    const wantedBytes = Math.min(windowBytes, to - position);
    const window = await file.read(position, wantedBytes);
    const isLast = window.length < wantedBytes || position + wantedBytes === to;
    windowBytes = WINDOW_BYTES;
    let offset = 0;
    while (offset < window.length) {
      const found = readFrame(sha256, window, offset);
      if (found.kind === 'frame') {
        yield { frame: found.frame, start: position + offset, end: position + found.end };
        offset = found.end;
      } else if (found.kind === 'more' && !isLast) {
        windowBytes = Math.max(WINDOW_BYTES, found.neededBytes);
        break;
      } else offset = nextMark(window, offset);
    }
    if (isLast) return;
    position += offset;
  }
}

/** What a spool's file holds. */
export interface SpoolContent {
  /** Records that begin before this position have arrived. */
  readonly arrived: number;
  readonly lastRecordEnd: number;
  /** Where the next frame may be written. */
  readonly end: number;
  /** Where the room ends that is the file's already: behind its last frame it goes on with zeros. Null: it does not. */
  readonly roomEnd: number | null;
  /** Bytes between frames that are none: damage, or a part of what was under way when power was lost. */
  readonly damagedBytes: number;
}

/** Reads a whole file. Throws StartError when it is not a spool of this version, so that it is not written over. */
export async function scanFile(file: SpoolFile, sha256: Sha256): Promise<SpoolContent> {
  const start = FILE_HEADER.length;
  const header = await file.read(0, start);
  // A crash while the file is made leaves a part of the header, or zeros, and nothing behind it.
  const isNew = header.length < start || header.every((byte) => byte === 0);
  if (!isNew && !header.every((byte, index) => byte === FILE_HEADER[index])) {
    throw new StartError('The audit spool was written by another version: let that one drain it first.');
  }
  const sizeBytes = await file.size();
  let content = { arrived: start, lastRecordEnd: start, end: start, damagedBytes: 0 };
  for await (const { frame, ...place } of readFrames(file, sha256, start, sizeBytes)) {
    const { arrived, lastRecordEnd, end, damagedBytes } = content;
    content = {
      arrived: frame.kind === 'progress' ? Math.max(arrived, frame.position) : arrived,
      lastRecordEnd: frame.kind === 'record' ? place.end : lastRecordEnd,
      end: place.end,
      damagedBytes: damagedBytes + place.start - end,
    };
  }
  const hasRoom = !isNew && (await holdsZeros(file, content.end, sizeBytes));
  return { ...content, roomEnd: hasRoom ? sizeBytes : null };
}

async function holdsZeros(file: SpoolFile, from: number, to: number): Promise<boolean> {
  for (let position = from; position < to; position += WINDOW_BYTES) {
    const window = await file.read(position, Math.min(WINDOW_BYTES, to - position));
    if (window.some((byte) => byte !== 0)) return false;
  }
  return true;
}
