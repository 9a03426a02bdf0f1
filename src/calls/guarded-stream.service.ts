import { cancelled, type ProviderFailure } from '../providers/failure.ts';
import type {
  AnswerPiece,
  ProviderFactory,
  ProviderResult,
  ResponseHeaders,
  StreamPart,
  TokenUsage,
} from '../providers/provider.ts';
import { onAbort } from '../system/abort.ts';
import type { Timers } from '../system/timers.ts';
import { deadlinePassed, failedWith, overtime, type Sent } from './conclude.ts';
import { MovingLimit } from './moving-limit.ts';
import { guard, providerOf, type GuardParts } from './guard.service.ts';
import {
  silenceLimitMs,
  type GuardedStream,
  type GuardedStreamInput,
  type StreamProgress,
} from './guarded-stream.ts';

/** Makes calls whose answer comes piece by piece. */
export function createGuardedStream(parts: GuardParts): GuardedStream {
  return (input) => {
    // While its text waits for its consumer the attempt's time stands still, the caller's does not.
    const endsWithinMs = Math.max(input.target.time.timeoutMs, input.deadlineMs - parts.clock.monotonicMs());
    const target = { ...input.target, endsWithinMs, isStream: true as const };
    return guard({ ...input, target }, parts, () => sendStream(input, parts));
  };
}

/** Why a read was given up. */
interface Cut {
  readonly failure: ProviderFailure;
  readonly ranStreamLimit: boolean;
}

type Read = { readonly part: StreamPart } | { readonly cut: Cut };

const gone: Cut = { failure: cancelled, ranStreamLimit: false };

/** How long a provider that was let go may take to say what it has counted; those that can say it do so at once. */
const LAST_WORD_MS = 100;

/** Reads a provider's stream to its end, handing its text on, within all the times that it has. */
async function sendStream(
  input: GuardedStreamInput,
  { providers, clock, timers }: GuardParts,
): Promise<Sent> {
  const { signal } = input;
  const reading = new AbortController();
  const limit = new MovingLimit<Cut>(timers, clock);
  let progress: StreamProgress = 'nothing';
  let waitedMs = 0;
  let timeToFirstTokenMs: number | null = null;
  let unread: Promise<IteratorResult<StreamPart>> | undefined;
  /** Ends what is waited for, because the caller leaves. */
  let giveUp: (() => void) | undefined;
  const sent = (result: ProviderResult, ranStreamLimit = false): Sent => {
    return { result, latencyMs: Math.round(waitedMs), timeToFirstTokenMs, ranStreamLimit };
  };

  if (!signal.aborted) input.onStart();
  const iterator = partsOf(input, providers, reading.signal);
  using _leaving = onAbort(signal, () => {
    giveUp?.();
    reading.abort(left);
  });
  /** One part, or why there is none; only within it does the provider's time pass. */
  async function read(): Promise<Read> {
    if (signal.aborted) return { cut: gone };
    const fromMs = clock.monotonicMs();
    const { afterMs, cut } = nextLimit(input, progress, { waitedMs, nowMs: fromMs });
    if (afterMs <= 0) return { cut };
    const first = Promise.withResolvers<Read>();
    giveUp = () => first.resolve({ cut: gone });
    limit.set(fromMs + afterMs, cut, (each) => first.resolve({ cut: each }));
    unread = iterator.next();
    unread.then((next) => first.resolve(partOf(next))).catch(first.reject);
    const seen = await first.promise;
    limit.lift();
    waitedMs += clock.monotonicMs() - fromMs;
    if ('part' in seen) unread = undefined;
    return seen;
  }

  /** Hands a piece on; not waited for when the caller has left. */
  async function deliver(piece: AnswerPiece): Promise<void> {
    const taken = Promise.withResolvers<void>();
    giveUp = taken.resolve;
    if (signal.aborted) taken.resolve();
    input.deliver(piece).then(taken.resolve, taken.reject);
    await taken.promise;
  }

  try {
    for (;;) {
      const seen = await read();
      if ('cut' in seen) {
        reading.abort(left);
        const result = failedWith(seen.cut.failure);
        // Where nothing came there is nothing to be counted.
        const counted = progress === 'nothing' ? {} : await lastWord({ iterator, unread }, timers);
        return sent({ ...result, ...counted }, seen.cut.ranStreamLimit);
      }
      const { part } = seen;
      if (part.kind === 'end') return sent(part.result);
      if (part.kind === 'text' && part.text !== '') {
        progress = 'text';
        timeToFirstTokenMs ??= Math.round(waitedMs);
      } else {
        if (progress === 'nothing') progress = 'life';
        if (part.kind === 'progress' || part.kind === 'text' || input.wants === 'text') continue;
      }
      await deliver(part);
    }
  } finally {
    limit[Symbol.dispose]();
    reading.abort(left);
    // Lets a generator run its own end; one that is amid a read gets there by the abort. The call has ended: what
    // goes wrong meanwhile changes nothing.
    iterator.return().catch(() => undefined);
  }
}

/** Made once: every stream is let go, and nobody looks why. */
const left = new DOMException('The stream is not read any more.', 'AbortError');

/** What a provider sends, as it is read. */
interface Parts {
  next(): Promise<IteratorResult<StreamPart, unknown>>;
  return(): Promise<unknown>;
}

/** What a provider sends. To make it ready is part of the first read: it takes of the same time. */
function partsOf(input: GuardedStreamInput, providers: ProviderFactory, signal: AbortSignal): Parts {
  let parts: AsyncIterator<StreamPart> | undefined;
  async function begin() {
    const provider = await providerOf(input, providers);
    parts = provider.stream(input.request, signal)[Symbol.asyncIterator]();
    return await parts.next();
  }
  return {
    next: () => parts?.next() ?? begin(),
    return: async () => await parts?.return?.(),
  };
}

function partOf({ done, value }: IteratorResult<StreamPart, unknown>): Read {
  if (done === true) throw new Error('A provider’s stream ended without its end.');
  return { part: value };
}

/** What a provider that was let go tells of its limits and of what it has counted by then. */
async function lastWord(
  stream: {
    readonly iterator: Parts;
    readonly unread: Promise<IteratorResult<StreamPart>> | undefined;
  },
  timers: Timers,
): Promise<{ headers?: ResponseHeaders; usage?: TokenUsage }> {
  async function read(): Promise<ProviderResult | undefined> {
    for (let next = stream.unread; ; next = undefined) {
      const read = await (next ?? stream.iterator.next());
      if (read.done === true) return undefined;
      if (read.value.kind === 'end') return read.value.result;
    }
  }
  const silence = Promise.withResolvers<undefined>();
  using _limit = timers.after(LAST_WORD_MS, () => silence.resolve(undefined));
  // The call has failed already: how it fails further changes nothing.
  const result = await Promise.race([read().catch(() => undefined), silence.promise]);
  if (result === undefined) return {};
  const { headers } = result;
  const usage = result.ok ? result.answer.usage : result.usage;
  return usage === undefined ? { headers } : { headers, usage };
}

/** The first of the times that a read can run into, and what it then means. */
function nextLimit(
  { target: { time }, limits, deadlineMs }: GuardedStreamInput,
  progress: StreamProgress,
  { waitedMs, nowMs }: { readonly waitedMs: number; readonly nowMs: number },
): { readonly afterMs: number; readonly cut: Cut } {
  const silenceMs = silenceLimitMs(progress, limits);
  const ends = [
    { afterMs: deadlineMs - nowMs, cut: { failure: deadlinePassed, ranStreamLimit: false } },
    { afterMs: time.timeoutMs - waitedMs, cut: { failure: overtime(time), ranStreamLimit: false } },
    ...(silenceMs === null ? [] : [{ afterMs: silenceMs, cut: silent(progress, silenceMs) }]),
  ];
  return ends.reduce((first, end) => (end.afterMs < first.afterMs ? end : first));
}

function silent(progress: StreamProgress, limitMs: number): Cut {
  const message =
    progress === 'nothing'
      ? `The first token did not come within ${limitMs} ms.`
      : `The stream stalled: nothing came for ${limitMs} ms.`;
  return { failure: { failureClass: 'TIMEOUT', message }, ranStreamLimit: true };
}
