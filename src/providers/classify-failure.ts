import { readErrorBody, type ErrorBody } from './error-body.ts';
import type { FailureClass, ProviderFailure } from './failure.ts';
import { parseExhaustedReset, parseReset, parseRetryAfter } from './parse-retry-after.ts';
import type { ResponseHeaders } from './provider.ts';

/** A response that is not an answer. `body` is its whole text, as far as it could be read. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/**
 * The failure that an HTTP response means. The status decides; the body refines 4xx alone, so that a 5xx whose
 * body mentions a phrase is still a 5xx. 408 is the server's own slowness and counts as SERVER_ERROR. A status
 * below 400 is MALFORMED: success without an answer, or a redirect, which is never followed.
 */
export function classifyHttpFailure(response: HttpFailure, nowMs: number): ProviderFailure {
  const body = readErrorBody(response.body);
  return describe(`answered ${response.status}`, response, body, nowMs);
}

/**
 * The failure that an error means which a provider tells amid a response that began as a success. It counts as the
 * status that it names, in digits or in words; MALFORMED when it does not say what it is.
 */
export function classifyToldError(told: Omit<HttpFailure, 'status'>, nowMs: number): ProviderFailure {
  const body = readErrorBody(told.body);
  const status = body.status ?? statusOf(body);
  return describe('broke off its answer with an error', { ...told, status }, body, nowMs);
}

function describe(deed: string, response: HttpFailure, body: ErrorBody, nowMs: number): ProviderFailure {
  const failureClass = classOf(response.status, body);
  const retryAfterMs = retryAfter(failureClass, response.headers, body, nowMs);
  const code = body.codes.find((candidate) => publicCode.test(candidate));
  return {
    failureClass,
    message: `The provider ${deed}${code === undefined ? '' : ` (${code})`}: ${sentences[failureClass]}.`,
    httpStatus: response.status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Words of codes and the statuses that providers send with them; the first that fits counts. */
const statusWords: readonly (readonly [RegExp, number])[] = [
  [/quota|rate_?limit|resource_exhausted|too_many/, 429],
  [/billing|credit|balance/, 402],
  [/overload|unavailable|engine_busy/, 503],
  [/timeout|deadline/, 504],
  [/internal|server_error|api_error/, 500],
  [/authenticat|api_key/, 401],
  [/permission|forbidden/, 403],
  [/not_found/, 404],
  [/invalid|bad_request|failed_precondition/, 400],
];

/** The status that an error in words would have been sent with; 200 when it does not say. */
function statusOf(body: ErrorBody): number {
  const codes = body.codes.join(' ');
  const named = statusWords.find(([words]) => words.test(codes))?.[1];
  return named ?? (classOf(400, body) === 'INVALID_REQUEST' ? 200 : 400);
}

/** What an HTTP failure can be, each with its sentence for people. */
const sentences = {
  SERVER_ERROR: 'it failed',
  MALFORMED: 'that is not an answer',
  RATE_LIMITED: 'too many requests or tokens',
  QUOTA_EXHAUSTED: 'the account has no quota or money left',
  AUTH: 'the credential was refused',
  MODEL_NOT_FOUND: 'it does not serve this model',
  CONTEXT_LENGTH: 'the request is too long for the model',
  CONTENT_FILTER: 'its content filter refused the request',
  INVALID_REQUEST: 'it does not accept this request',
} satisfies Partial<Record<FailureClass, string>>;

type HttpFailureClass = keyof typeof sentences;

/** Letters only: nothing that could be a key or a piece of a prompt passes for a code. */
const publicCode = /^[a-z][a-z_.]{0,47}$/;

const quotaCodes = new Set([
  'insufficient_quota',
  'insufficient_credits',
  'insufficient_balance',
  'billing_error',
  'billing_hard_limit_reached',
  'billing_not_active',
  'exceeded_current_quota_error',
]);
const keyCodes = new Set(['api_key_invalid', 'invalid_api_key']);
const modelCodes = new Set([
  'model_not_found',
  'invalid_model',
  'model_decommissioned',
  'model_not_available',
]);
const lengthCodes = new Set(['context_length_exceeded', 'exceed_context_size_error', 'request_too_large']);
const contentCodes = new Set([
  'content_filter',
  'content_policy_violation',
  'responsibleaipolicyviolation',
  'data_inspection_failed',
  'moderation_blocked',
  'invalid_prompt',
]);

const quotaProse =
  /credit balance is too low|available credits|spending limit|insufficient (balance|credits|funds)/i;
const lengthProse =
  /maximum (context|prompt) length|context (length|window|size|limit)|prompt is too long|input token count|too many (input )?tokens/i;
const contentProse = /content (filter|polic|management polic)|usage (guidelines|polic)|was flagged/i;

function classOf(status: number, body: ErrorBody): HttpFailureClass {
  if (status < 400) return 'MALFORMED';
  if (status >= 500 || status === 408) return 'SERVER_ERROR';
  const says = (codes: ReadonlySet<string>) => body.codes.some((code) => codes.has(code));
  switch (status) {
    case 401:
      return 'AUTH';
    case 402:
      return 'QUOTA_EXHAUSTED';
    case 403:
      // A bench for the whole model must not hang on one caller's words.
      return body.flagged || says(contentCodes) || contentProse.test(body.prose) ? 'CONTENT_FILTER' : 'AUTH';
    case 404:
      return 'MODEL_NOT_FOUND';
    case 413:
      return 'CONTEXT_LENGTH';
    case 429:
      return says(quotaCodes) || quotaProse.test(body.prose) ? 'QUOTA_EXHAUSTED' : 'RATE_LIMITED';
    case 400:
    case 422:
      if (says(keyCodes)) return 'AUTH';
      if (says(modelCodes)) return 'MODEL_NOT_FOUND';
      if (says(quotaCodes) || quotaProse.test(body.prose)) return 'QUOTA_EXHAUSTED';
      if (says(lengthCodes) || lengthProse.test(body.prose)) return 'CONTEXT_LENGTH';
      if (says(contentCodes) || contentProse.test(body.prose)) return 'CONTENT_FILTER';
      return 'INVALID_REQUEST';
    default:
      return 'INVALID_REQUEST';
  }
}

function retryAfter(
  failureClass: HttpFailureClass,
  headers: ResponseHeaders,
  body: ErrorBody,
  nowMs: number,
): number | undefined {
  const asked = parseRetryAfter(headers, nowMs);
  if (asked !== undefined || failureClass !== 'RATE_LIMITED') return asked;
  if (body.retryDelay !== undefined) return parseReset(body.retryDelay, nowMs);
  return parseExhaustedReset(headers, nowMs);
}
