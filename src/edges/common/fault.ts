import type { ExpectedError } from '../../system/expected-error.ts';
import type { CallEnd } from '../../routing/act/execution.ts';

/** How each kind of fault is told: its status, what each family of APIs calls it, and when sending again makes sense. */
interface FaultRow {
  readonly status: number;
  /** `error.type` and `error.code` as OpenAI's APIs have them. */
  readonly openai: readonly [type: string, code: string];
  /** `error.type` as Anthropic's API has it. */
  readonly anthropic: string;
  /**
   * Clients send again by themselves what fails with 408, 409, 429 and 5xx, unless they are told not to. `timed`: it
   * makes sense when somebody knows after which time; `always`: there may be another instance meanwhile.
   */
  readonly retry: 'never' | 'timed' | 'always';
}

const invalid = 'invalid_request_error';

/** What a call that was refused, or that has failed, comes to outside. */
export const faultRows = {
  invalid_input: row(400, [invalid, 'invalid_value'], invalid),
  refused_by_provider: row(400, [invalid, 'invalid_request'], invalid),
  // Clients look for these words to shorten a conversation by themselves.
  context_exceeded: row(400, [invalid, 'context_length_exceeded'], invalid),
  content_filtered: row(400, [invalid, 'content_filter'], invalid),
  unauthenticated: row(401, ['authentication_error', 'invalid_api_key'], 'authentication_error'),
  forbidden: row(403, ['permission_error', 'forbidden'], 'permission_error'),
  not_found: row(404, [invalid, 'not_found'], 'not_found_error'),
  model_not_found: row(404, [invalid, 'model_not_found'], 'not_found_error'),
  wrong_method: row(405, [invalid, 'method_not_allowed'], invalid),
  too_slow: row(408, [invalid, 'request_timeout'], invalid),
  conflict: row(409, [invalid, 'idempotency_conflict'], invalid),
  too_large: row(413, [invalid, 'request_too_large'], 'request_too_large'),
  wrong_media_type: row(415, [invalid, 'unsupported_media_type'], invalid),
  rate_limited: row(429, ['rate_limit_error', 'rate_limit_exceeded'], 'rate_limit_error', 'timed'),
  candidates_limited: row(429, ['rate_limit_error', 'rate_limit_exceeded'], 'rate_limit_error', 'timed'),
  too_many_fields: row(431, [invalid, 'too_many_headers'], invalid),
  internal: row(500, ['server_error', 'internal_error'], 'api_error'),
  exhausted: row(502, ['server_error', 'attempts_exhausted'], 'api_error'),
  interrupted: row(502, ['server_error', 'stream_interrupted'], 'api_error'),
  none_eligible: row(503, ['server_error', 'no_eligible_model'], 'overloaded_error', 'timed'),
  unavailable: row(503, ['server_error', 'unavailable'], 'overloaded_error', 'always'),
  deadline: row(504, ['server_error', 'deadline_exceeded'], 'timeout_error'),
} as const satisfies Record<string, FaultRow>;

export type FaultKind = keyof typeof faultRows;

function row(
  status: number,
  openai: FaultRow['openai'],
  anthropic: string,
  retry: FaultRow['retry'] = 'never',
): FaultRow {
  return { status, openai, anthropic, retry };
}

/** A fault as an API words it. */
export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
  /** What of the request it is about, in the API's own words; null: nothing of it alone. */
  readonly param: string | null;
  /** Milliseconds after which the same request makes sense; null: time does not help. */
  readonly retryAfterMs: number | null;
}

/** How a routed call without an answer is told; `limited`: whether rates alone stood against every candidate. */
export const endFaults = {
  none_admitted: { limited: 'candidates_limited', otherwise: 'none_eligible' },
  exhausted: { limited: 'candidates_limited', otherwise: 'exhausted' },
  deadline: { limited: 'deadline', otherwise: 'deadline' },
  // Nobody reads it.
  cancelled: { limited: 'deadline', otherwise: 'deadline' },
  interrupted: { limited: 'interrupted', otherwise: 'interrupted' },
  refused: { limited: 'refused_by_provider', otherwise: 'refused_by_provider' },
} as const satisfies Record<
  Exclude<CallEnd['kind'], 'answered' | 'voted'>,
  { readonly limited: FaultKind; readonly otherwise: FaultKind }
>;

/** How an expected error is told. */
export const errorFaults = {
  INVALID_INPUT: 'invalid_input',
  NOT_FOUND: 'not_found',
  CONFLICT: 'conflict',
  FORBIDDEN: 'forbidden',
  UNAVAILABLE: 'unavailable',
  UNAUTHENTICATED: 'unauthenticated',
  RATE_LIMITED: 'rate_limited',
  CURSOR_EXPIRED: 'invalid_input',
  SLOW_CONSUMER: 'interrupted',
} as const satisfies Record<ExpectedError['code'], FaultKind>;

/** What a status that the server refuses with is called. */
export function kindOfStatus(status: number): FaultKind {
  const preferred: readonly FaultKind[] = ['invalid_input', 'not_found', 'rate_limited', 'unavailable'];
  const kinds = Object.keys(faultRows) as FaultKind[];
  return [...preferred, ...kinds].find((kind) => faultRows[kind].status === status) ?? 'internal';
}

/** Whether a client that sends again by itself should; the time, if one is known, is in the header fields of `retryHeaders`. */
export function shouldRetry({ kind, retryAfterMs }: Fault): boolean {
  const { retry } = faultRows[kind];
  return retry === 'always' || (retry === 'timed' && retryAfterMs !== null);
}

/** What tells clients whether and when to send again. `Retry-After` has whole seconds (RFC 9110 §10.2.3). */
export function retryHeaders(fault: Fault): Readonly<Record<string, string>> {
  if (!shouldRetry(fault)) return { 'x-should-retry': 'false' };
  const { retryAfterMs } = fault;
  if (retryAfterMs === null) return { 'x-should-retry': 'true' };
  return {
    'x-should-retry': 'true',
    'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    'retry-after-ms': String(Math.max(1, Math.ceil(retryAfterMs))),
  };
}
