import type { ProviderFailure } from '../../src/providers/failure.ts';
import type {
  Provider,
  ProviderConnection,
  ProviderFactory,
  StreamPart,
  TokenUsage,
} from '../../src/providers/provider.ts';
import type { Timers } from '../../src/system/timers.ts';

export const usage = { inputTokens: 1000, outputTokens: 500, reasoningTokens: 0 };
export const headers = { 'x-ratelimit-remaining-requests': '3' };

const reached = new WeakMap<ProviderConnection, Partial<Provider>>();

/** A connection that `scriptedProviders` makes this provider of. */
export function connectionTo(provider: Partial<Provider>): ProviderConnection {
  const connection: ProviderConnection = {
    slug: 'them',
    adapter: 'simulated',
    baseUrl: null,
    credential: null,
  };
  reached.set(connection, provider);
  return connection;
}

/** Knows the providers that `connectionTo` was given. */
export const scriptedProviders: ProviderFactory = {
  provider: (connection) => Promise.resolve(reached.get(connection) as Provider),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** What a stream does next: waits so many milliseconds, says a text, or tells a part. */
export type Step = number | string | StreamPart;

/** A sign of life. */
export const progress: StreamPart = { kind: 'progress' };

/** The end of a stream that said this, and nothing else unless tools are called. */
export function answered(text = 'Hello.'): StreamPart {
  return { kind: 'end', result: { ok: true, answer: answerOf(text), headers } };
}

/** The end of a stream that failed; with what its provider counted, if it did. */
export function failed(
  failureClass: ProviderFailure['failureClass'],
  more: object = {},
  counted?: TokenUsage,
): StreamPart {
  const failure = { failureClass, message: 'It failed.', ...more };
  return { kind: 'end', result: { ok: false, failure, headers, ...(counted && { usage: counted }) } };
}

function answerOf(text: string) {
  return { text, toolCalls: [], finishReason: 'stop', usage } as const;
}

/** Long enough to be cut by any limit. */
export const forever = 1e9;

/** A provider's stream that follows its steps; `log` hears when it is read, aborted and let go. */
export function scriptedStream(
  timers: Timers,
  steps: readonly Step[],
  log: string[] = [],
): Provider['stream'] {
  return async function* (_request, signal) {
    log.push('sent');
    signal.addEventListener('abort', () => void log.push('aborted'));
    try {
      for (const step of steps) {
        if (typeof step === 'number') await timers.wait(step, signal);
        else yield typeof step === 'string' ? { kind: 'text', text: step } : step;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      yield failed('CANCELLED');
    } finally {
      log.push('let go');
    }
  };
}
