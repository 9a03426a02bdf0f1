import type { InputIssue } from './expected-error.ts';

/** What a pure rule makes of an input: the value, or every reason why there is none. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** The value, unless there are issues. */
export function checked<T>(value: T, issues: readonly InputIssue[]): Checked<T> {
  return issues.length === 0 ? { ok: true, value } : { ok: false, issues };
}
