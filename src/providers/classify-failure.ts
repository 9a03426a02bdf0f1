import { readErrorBody, type ErrorBody } from './error-body.ts';
import { classOfCodes, classOfProse, type NamedClass } from './failure-words.ts';
import type { FailureClass, ProviderFailure } from './failure.ts';
import { parseExhaustedReset, parsePause, parseRetryAfter } from './parse-retry-after.ts';
import { quoteProvider, type Unspoken } from './provider-words.ts';
import type { ResponseHeaders } from './provider.ts';

/** A response that is not an answer. `body` is its whole text, as far as it could be read. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/**
 * The failure that an HTTP response means. What the body says by number, code or type decides before a 4xx does, and
 * so does its prose where it has no code; but a 5xx whose body mentions a phrase is still a 5xx. 408, 409, 425, 498,
 * 499 and their like pass by themselves and count as SERVER_ERROR. A status below 400 is MALFORMED: success without
 * an answer, or a redirect, which is never followed. The provider's words are told without what is `unspoken`.
 */
export function classifyHttpFailure(
  response: HttpFailure,
  nowMs: number,
  unspoken?: Unspoken,
): ProviderFailure {
  const body = readErrorBody(response.body);
  return describe({ deed: `answered ${response.status}`, response, body, unspoken }, nowMs);
}

/**
 * The failure that an error means which a provider tells amid a response that began as a success. It counts as the
 * status that it names, in digits or in words; MALFORMED when it does not say what it is.
 */
export function classifyToldError(
  told: Omit<HttpFailure, 'status'>,
  nowMs: number,
  unspoken?: Unspoken,
): ProviderFailure {
  const body = readErrorBody(told.body);
  const response = { ...told, status: body.status ?? statusOf(body) };
  return describe({ deed: 'answered with an error', response, body, unspoken }, nowMs);
}

interface ReadFailure {
  readonly deed: string;
  readonly response: HttpFailure;
  readonly body: ErrorBody;
  readonly unspoken: Unspoken | undefined;
}

function describe({ deed, response, body, unspoken }: ReadFailure, nowMs: number): ProviderFailure {
  const failureClass = classOf(response.status, body);
  const retryAfterMs = retryAfter(failureClass, response.headers, body, nowMs);
  const code = body.codes.map((candidate) => candidate.toLowerCase()).find((text) => publicCode.test(text));
  const said = `The provider ${deed}${code === undefined ? '' : ` (${code})`}: ${sentences[failureClass]}.`;
  return {
    failureClass,
    message: `${said}${quoteProvider(body.words, MOST_MESSAGE_CHARS - said.length, unspoken)}`,
    httpStatus: response.status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

const MOST_MESSAGE_CHARS = 300;

/** Words of codes and the statuses that providers send with them; the first that fits counts. */
const statusWords: readonly (readonly [RegExp, number])[] = [
  [/quota|rate_?limit|resource_exhausted|too_?many_?requests|throttl/, 429],
  [/billing|credit|balance/, 402],
  [/overload|unavailable|engine_busy/, 503],
  [/timeout|deadline/, 504],
  [/internal|server_error|api_error/, 500],
  [/authenticat|api_key/, 401],
  [/permission|forbidden/, 403],
  [/not_found/, 404],
  [/invalid|bad_request|failed_precondition/, 400],
];

/** The status that an error in words would have been sent with; 200 when it does not say. The first code counts. */
function statusOf(body: ErrorBody): number {
  for (const code of body.codes) {
    const said = code.toLowerCase();
    const named = statusWords.find(([words]) => words.test(said))?.[1];
    if (named !== undefined) return named;
    // What has a class of its own has it under the status of a bad request, too.
    if (classOfCodes({ codes: [code] }, () => true) !== undefined) return 400;
  }
  return classOf(400, body) === 'INVALID_REQUEST' ? 200 : 400;
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
  INVALID_OUTPUT: 'the model wrote something that it would not deliver',
  INVALID_REQUEST: 'it does not accept this request',
} satisfies Partial<Record<FailureClass, string>>;

type HttpFailureClass = keyof typeof sentences;

/** Letters only: nothing that could be a key or a piece of a prompt passes for a code. */
const publicCode = /^[a-z][a-z_.]{0,47}$/;

/**
 * What each 4xx means by itself; another one means that the request is not accepted. Timeout, conflict, misdirected,
 * locked, a failed dependency, too early, try again (Microsoft), a client that left a load balancer (AWS), a flexible
 * tier without room (Groq), a cancelled request (nginx, Google) say nothing against the request.
 */
const statusClasses: ReadonlyMap<number, HttpFailureClass> = new Map<number, HttpFailureClass>([
  [401, 'AUTH'],
  [402, 'QUOTA_EXHAUSTED'],
  [403, 'AUTH'],
  [404, 'MODEL_NOT_FOUND'],
  [410, 'MODEL_NOT_FOUND'],
  [413, 'CONTEXT_LENGTH'],
  [429, 'RATE_LIMITED'],
  ...[408, 409, 421, 423, 424, 425, 449, 460, 498, 499].map((status) => [status, 'SERVER_ERROR'] as const),
]);

/** The statuses under which a request is refused for what it is, so that prose alone may say why. */
const requestStatuses = new Set([400, 413, 422]);

const statusesOfProse: Readonly<Record<NamedClass, ReadonlySet<number>>> = {
  INVALID_OUTPUT: new Set([...requestStatuses, 424]),
  QUOTA_EXHAUSTED: new Set([...requestStatuses, 403, 412, 429]),
  RATE_LIMITED: new Set([...requestStatuses, 403]),
  CONTEXT_LENGTH: requestStatuses,
  AUTH: requestStatuses,
  MODEL_NOT_FOUND: requestStatuses,
  // A bench for the whole model must not hang on one caller's words.
  CONTENT_FILTER: new Set([...requestStatuses, 403]),
  SERVER_ERROR: new Set(),
};

/** Together refuses what is too long as if it were forbidden (https://docs.together.ai/docs/error-codes). */
const togetherLength = /input token count \+ max_tokens/i;

function classOf(transport: number, body: ErrorBody): HttpFailureClass {
  if (transport < 400) return 'MALFORMED';
  if (transport >= 500) return 'SERVER_ERROR';
  const status = body.status ?? transport;
  if (status >= 500) return 'SERVER_ERROR';
  if (status === 403 && body.flagged) return 'CONTENT_FILTER';
  if (status === 403 && togetherLength.test(body.prose)) return 'CONTEXT_LENGTH';
  const byProse = classOfProse(body, (named) => statusesOfProse[named].has(status));
  if (byProse === 'QUOTA_EXHAUSTED') return byProse;
  // No provider tells of a length under another status: what repeats such a code is about something else.
  const byCode = classOfCodes(body, (named) => named !== 'CONTEXT_LENGTH' || requestStatuses.has(status));
  return byCode ?? byProse ?? statusClasses.get(status) ?? 'INVALID_REQUEST';
}

function retryAfter(
  failureClass: HttpFailureClass,
  headers: ResponseHeaders,
  body: ErrorBody,
  nowMs: number,
): number | undefined {
  const asked = parseRetryAfter(headers, nowMs);
  if (asked !== undefined || failureClass !== 'RATE_LIMITED') return asked;
  if (body.retryDelay !== undefined) return parsePause(body.retryDelay, nowMs);
  return parseExhaustedReset(headers, nowMs);
}
