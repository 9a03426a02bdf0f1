import type { IncomingMessage, ServerResponse } from 'node:http';
import { excessOfRequest, MAX_JSON_VALUES, MAX_REQUEST_LEVELS } from '../../system/input/json-size.ts';
import type { Timers } from '../../system/timers.ts';
import { mayDo } from '../../tenants/permissions.ts';
import type { Viewer } from '../../tenants/viewer.ts';
import { BODY_LIMIT_BYTES, readBody, type BodyRefusal } from '../read-body.ts';
import { parseJson } from './parse-json.ts';
import type { Bounds } from './bounds.ts';
import { readingWaitMs } from './count-operation.ts';
import type { ByteHold } from './held-bytes.ts';
import type { Refusal } from './refuse.ts';

/** Whose body it is, and what it may take. */
export interface BodyTerms {
  /** Why what it says is not for whom it was sent; absent: it may be any object or list. */
  readonly objection?: (value: object) => Refusal | undefined;
  readonly bounds: Bounds;
  readonly viewer: Viewer;
  readonly address: string;
  readonly timers: Timers;
}

/** A body, and what it holds until its request is answered. */
export interface ParsedBody {
  readonly value: object;
  /** Its characters. */
  readonly size: number;
  readonly hold: ByteHold;
}

/** A body, or why it was not taken. */
export type TakenBody = ParsedBody | { readonly refusal: Refusal | 'aborted' };

/** What takes so long to read that others notice, bytes as announced or characters as they came. */
const LARGE_LENGTH = 1_000_000;

const plainJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const busy = { status: 429, code: 'RATE_LIMITED', retryAfterMs: 1_000 } as const;

/** What is answered to those whose body was not read to its end; null: nobody is there. */
const refusals: Readonly<Record<BodyRefusal, Refusal | 'aborted'>> = {
  aborted: 'aborted',
  too_large: invalid(413, `The body must have at most ${BODY_LIMIT_BYTES} bytes.`),
  too_slow: { status: 408, code: 'BAD_REQUEST', message: 'The body came too slowly.' },
  share: { ...busy, message: 'This API key or address has too much under way at once: let some of it end.' },
  all: {
    ...busy,
    status: 503,
    code: 'UNAVAILABLE',
    message: 'There is too much under way at once: try again.',
  },
};

/** What is answered to those whose body is more than anybody would read. */
const excesses = {
  values: invalid(400, `The body must have at most ${MAX_JSON_VALUES} values.`),
  levels: invalid(400, `The body must nest at most ${MAX_REQUEST_LEVELS} levels deep.`),
} as const;

/** Reads and parses the body in our own, bounded way. */
export async function takeBody(
  request: IncomingMessage,
  response: ServerResponse,
  { bounds, viewer, address, timers, objection }: BodyTerms,
): Promise<TakenBody> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  // Any other type could be sent by a page of another origin without asking (a "simple request").
  if (!plainJson.test(type) || encoding.toLowerCase() !== 'identity') {
    return { refusal: invalid(415, 'The body must be application/json in UTF-8, not compressed.') };
  }
  const { keyId } = viewer;
  const early = tooMuchOf(bounds, viewer);
  if (early !== undefined) return { refusal: early };
  using place = bounds.bodies.take(keyId);
  if (place === undefined) {
    return { refusal: { ...busy, message: 'This API key is sending too many bodies at once.' } };
  }
  const terms = { bounds, viewer, timers };
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced >= LARGE_LENGTH && announced <= BODY_LIMIT_BYTES) {
    // Before a byte of it is read: forty at once take seconds to come, and to be thrown away again.
    const late = await spacedOut(announced, terms);
    if (late !== undefined) return late;
    if (request.destroyed) return { refusal: 'aborted' };
  }
  const hold = bounds.held.hold(`key:${keyId}`, `address:${address}`);
  // Who asks before it sends is told only now that it may (RFC 9110 §10.1.1).
  const asks = request.headers.expect !== undefined && request.httpVersion === '1.1';
  const begin = () => void (asks && response.writeContinue());
  const body = await readBody(request, { limitBytes: BODY_LIMIT_BYTES, begin, timers, hold });
  const taken =
    'refused' in body
      ? { refusal: refusals[body.refused] }
      : ((await spacedOut(announced > 0 ? 0 : body.text.length, terms)) ?? valueOf(body.text, objection));
  if ('value' in taken) return { ...taken, hold };
  hold[Symbol.dispose]();
  return taken;
}

/** Why somebody who has no models called has to wait; undefined: it has not. */
function tooMuchOf(bounds: Bounds, viewer: Viewer): Refusal | undefined {
  const retryAfterMs = readingWaitMs(bounds, viewer);
  const message = 'This API key has asked for too much within a minute.';
  return retryAfterMs > 0 ? { status: 429, code: 'RATE_LIMITED', message, retryAfterMs } : undefined;
}

/** Resolves when a body may be read, or with why it may not be any more: others of its tenant were before it. */
async function spacedOut(
  length: number,
  { bounds, viewer, timers }: Pick<BodyTerms, 'bounds' | 'viewer' | 'timers'>,
): Promise<{ readonly refusal: Refusal } | undefined> {
  if (length < LARGE_LENGTH || mayDo(viewer.roles, 'route')) return undefined;
  await bounds.large.pass(viewer.tenantId, timers);
  const refusal = tooMuchOf(bounds, viewer);
  return refusal && { refusal };
}

function valueOf(
  text: string,
  objection: BodyTerms['objection'],
): Omit<ParsedBody, 'hold'> | { readonly refusal: Refusal } {
  const excess = excessOfRequest(text);
  if (excess !== undefined) return { refusal: excesses[excess] };
  const value = parseJson(text);
  if (value === undefined) return { refusal: invalid(400, 'The body is not JSON in UTF-8.') };
  if (typeof value !== 'object' || value === null)
    return { refusal: invalid(400, 'The body must be a JSON object.') };
  const refusal = objection?.(value);
  return refusal === undefined ? { value, size: text.length } : { refusal };
}

/** Why a body is no operation of GraphQL's; undefined: it may be one. */
export function noOperation(value: object): Refusal | undefined {
  if (typeof Reflect.get(value, 'query') === 'string') return undefined;
  return invalid(400, 'The body must be a JSON object with a text `query`.');
}

function invalid(status: number, message: string): Refusal {
  return { status, code: 'INVALID_INPUT', message };
}
