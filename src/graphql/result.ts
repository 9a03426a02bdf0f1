import type { ObjectRef } from '@pothos/core';
import {
  ConflictError,
  ExpectedError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UnavailableError,
} from '../system/expected-error.ts';
import type { RefusalData } from '../system/refusal.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { ConflictRef, InvalidInputRef, NotFoundRef, RateLimitedRef, UnavailableRef } from './errors.ts';

const refusalRefs = {
  InvalidInput: InvalidInputRef,
  NotFound: NotFoundRef,
  Conflict: ConflictRef,
  RateLimited: RateLimitedRef,
  Unavailable: UnavailableRef,
} as const;

/** The refusals that a mutation may answer with instead of its payload. */
export type RefusalName = keyof typeof refusalRefs;

/**
 * The union `name` of a payload and the refusals it may answer with. `resolve` wraps the work of a field: an expected
 * error of a kind that is named becomes its union member, anything else goes on to `errors[]`; refusals of other types
 * are what the work itself answers with.
 */
export function defineResult<Payload extends object, Refusal extends RefusalData = never>(
  name: string,
  description: string,
  payload: ObjectRef<SchemaTypes, Payload>,
  refusals: readonly (RefusalName | ObjectRef<SchemaTypes, Refusal>)[],
) {
  const type = builder.unionType(name, {
    description,
    types: [
      payload,
      ...refusals.map((refusal) => (typeof refusal === 'string' ? refusalRefs[refusal] : refusal)),
    ] as never,
    resolveType: ((value: unknown) => (isRefusal(value) ? value.refusal : payload)) as never,
  });
  type Answer = Payload | Refusal;
  const resolve = async (work: () => Promise<Answer> | Answer): Promise<never> => {
    try {
      return (await work()) as never;
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal === undefined || !(refusals as readonly unknown[]).includes(refusal.refusal)) throw error;
      return refusal as never;
    }
  };
  return { type, resolve };
}

function isRefusal(value: unknown): value is RefusalData {
  return typeof value === 'object' && value !== null && 'refusal' in value;
}

/** An expected error as the data of its union member; undefined for those that belong into `errors[]`. */
export function toRefusal(error: unknown): (RefusalData & Record<string, unknown>) | undefined {
  if (!(error instanceof ExpectedError)) return undefined;
  const common = { message: error.message, code: error.code };
  if (error instanceof InvalidInputError) return { refusal: 'InvalidInput', ...common, issues: error.issues };
  if (error instanceof NotFoundError) return { refusal: 'NotFound', ...common };
  if (error instanceof ConflictError) {
    return { refusal: 'Conflict', ...common, current: error.current, node: error.node };
  }
  if (error instanceof RateLimitedError) {
    return { refusal: 'RateLimited', ...common, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof UnavailableError) {
    return { refusal: 'Unavailable', ...common, retryAfterMs: error.retryAfterMs };
  }
  return undefined;
}
