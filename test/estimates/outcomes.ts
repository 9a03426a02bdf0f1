import type { ExpectedSpeed, Outcome } from '../../src/estimates/outcome.ts';

/** A model of which the catalog expects 800 ms and 12 ms a token. */
export const speed: ExpectedSpeed = {
  ...{ expectedFirstTokenMs: 800, expectedMicrosPerOutputToken: 12_000 },
  reasoningTokenFloor: null,
};

/** What the catalog expects of so many tokens, milliseconds. */
export function expectedMs(tokens: number): number {
  return 800 + 12 * tokens;
}

/** A whole answer of 100 tokens in the time that was expected, unless said otherwise. */
export function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    key: 'acme/model',
    signal: 'success',
    failureClass: null,
    latencyMs: expectedMs(100),
    timeToFirstTokenMs: null,
    isStream: false,
    outputTokens: 100,
    fullAnswerMs: expectedMs(4096),
    isProbe: false,
    endsOutage: false,
    ...changes,
  };
}

/** The same, having taken so many times as long as expected. */
export function slow(times: number, changes: Partial<Outcome> = {}): Outcome {
  return outcome({ latencyMs: times * expectedMs(100), ...changes });
}

/** A call that failed for the breaker, at once and uncounted. */
export function failed(changes: Partial<Outcome> = {}): Outcome {
  return outcome({
    ...{ signal: 'failure', failureClass: 'SERVER_ERROR', latencyMs: 20, outputTokens: null },
    ...changes,
  });
}
