import type { AnswerPiece } from '../providers/provider.ts';
import type { CallOutcome, GuardedInput } from './guarded-call.ts';

/** How long a stream may be silent, milliseconds. */
export interface SilenceLimits {
  /** Before its first part; null: as long as the attempt may take. */
  readonly firstTokenMs: number | null;
  /** Between two parts. */
  readonly stallMs: number;
}

/** Which pieces of an answer its consumer takes: its text alone, or thoughts and tool calls as they are written, too. */
export type WantedPieces = 'text' | 'all';

/** What a stream has shown so far: nothing, signs of life without text, or text. */
export type StreamProgress = 'nothing' | 'life' | 'text';

/**
 * How long the next silence may last; null: as long as the attempt may.
 *
 * | so far              | a model with a first-token limit | one without, which thinks unseen |
 * |---------------------|----------------------------------|----------------------------------|
 * | nothing             | firstTokenMs                     | any                              |
 * | signs of life       | the longer of both               | any                              |
 * | text                | stallMs                          | stallMs                          |
 */
export function silenceLimitMs(progress: StreamProgress, limits: SilenceLimits): number | null {
  const { firstTokenMs, stallMs } = limits;
  if (progress === 'text') return stallMs;
  if (firstTokenMs === null || progress === 'nothing') return firstTokenMs;
  return Math.max(firstTokenMs, stallMs);
}

/**
 * One call to be made whose answer comes piece by piece. Its timeout and its limits of silence count the
 * time in which the provider is waited for; while text waits for its consumer they stand still.
 */
export interface GuardedStreamInput extends GuardedInput {
  readonly limits: SilenceLimits;
  /** When the caller's whole time ends, whoever it was spent on; on the monotonic clock. */
  readonly deadlineMs: number;
  /** Told once, when the call was admitted and before anything is sent. */
  readonly onStart: () => void;
  /** What is handed on; the rest is a sign of life. */
  readonly wants: WantedPieces;
  /** Hands a piece on; resolves when there may be more. Not waited for when `signal` aborts. */
  readonly deliver: (piece: AnswerPiece) => Promise<void>;
}

/**
 * The way to a provider's answer piece by piece. Never rejects; resolves when the stream has ended, with what was
 * delivered as a prefix of it. The provider is let go at once when the time ends, the caller leaves or the answer is
 * complete, and what it still does after that is not waited for.
 */
export type GuardedStream = (input: GuardedStreamInput) => Promise<CallOutcome>;
