import type { FailureClass } from '../../../../src/providers/failure.ts';
import type { ToldError } from '../fixture.ts';

/** An error of a provider's reference, and what it means. */
export interface Refusal extends ToldError {
  readonly means: FailureClass;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One of them. */
export const refused = (status: number, code: string, message: string, means: FailureClass): Refusal => ({
  ...{ status, code, message, means },
});

/** What is told of amid a stream: no request is refused there any more. */
export function toldAmid(list: readonly Refusal[]): readonly Refusal[] {
  const amid = ['SERVER_ERROR', 'RATE_LIMITED', 'QUOTA_EXHAUSTED'];
  return list.filter(({ means, status }) => amid.includes(means) && [402, 429, 500, 529].includes(status));
}
