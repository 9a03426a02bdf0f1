/** Every way in which a provider call can fail. Adding one does not compile until `calls/verdict.ts` decides on it. */
export const failureClasses = [
  'TIMEOUT',
  'CONNECTION',
  'SERVER_ERROR',
  'MALFORMED',
  'EMPTY_OUTPUT',
  'INVALID_OUTPUT',
  'RATE_LIMITED',
  'QUOTA_EXHAUSTED',
  'AUTH',
  'MODEL_NOT_FOUND',
  'CONTEXT_LENGTH',
  'CONTENT_FILTER',
  'INVALID_REQUEST',
  'CANCELLED',
  'DEADLINE',
  'INTERNAL',
] as const;

export type FailureClass = (typeof failureClasses)[number];

/** A provider call that did not succeed: a value, made at the one place that knows what happened. */
export interface ProviderFailure {
  readonly failureClass: FailureClass;
  /** For people, perhaps with the provider’s own words; never holds a key or what the caller said. At most 300 characters. */
  readonly message: string;
  /** The HTTP status of the provider's response, when there was one, or which an error told within it names. */
  readonly httpStatus?: number;
  /** How long the provider asked us to stay away, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** The caller's signal aborted the call. */
export const cancelled: ProviderFailure = { failureClass: 'CANCELLED', message: 'The call was aborted.' };

/** Something that is nobody's fault but ours; the log knows more. */
export const internalFailure: ProviderFailure = {
  failureClass: 'INTERNAL',
  message: 'The call failed on our side.',
};

/** Where an error was thrown, for the log. Its message stays out: those of SDKs quote prompts and answers. */
export function stackFrames(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames].join('\n');
}
