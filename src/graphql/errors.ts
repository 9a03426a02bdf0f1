import { encodeGlobalID } from '@pothos/plugin-relay';
import type { InputIssue } from '../system/input/issues.ts';
import { builder } from './builder.ts';
import {
  errorCodes,
  type ConflictData,
  type InvalidInputData,
  type RefusalData,
  type RetryableData,
} from '../system/refusal.ts';

const ErrorCodeRef = builder.enumType('ErrorCode', {
  description: 'What kind of refusal it is. More may be added: keep a default branch.',
  values: Object.fromEntries(
    errorCodes.map((code) => [code, { description: code.toLowerCase().replaceAll('_', ' ') }]),
  ) as { [Code in (typeof errorCodes)[number]]: { description: string } },
});

/** The interface of every refusal. */
export const ErrorInterface = builder.interfaceRef<RefusalData>('Error').implement({
  description: 'A refusal that a client can act on.',
  resolveType: (value) => value.refusal,
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What is wrong, for people.' }),
    code: t.field({
      type: ErrorCodeRef,
      description: 'What kind of refusal it is, for programs.',
      resolve: (refusal) => refusal.code,
    }),
  }),
});

const InputIssueRef = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One broken rule of an input.',
  fields: (t) => ({
    path: t.stringList({
      description: 'Where: field names and list indexes, outermost first, below `input`.',
      resolve: (issue) => [...issue.path],
    }),
    message: t.exposeString('message', { description: 'What would be right.' }),
  }),
});

/** The type of `InvalidInput`. */
export const InvalidInputRef = builder.objectRef<InvalidInputData>('InvalidInput').implement({
  description: 'The input breaks a rule; nothing was done.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueRef],
      description: 'Every broken rule that could be found.',
      resolve: (refusal) => [...refusal.issues],
    }),
  }),
});

/** The type of `NotFound`. */
export const NotFoundRef = builder.objectRef<RefusalData>('NotFound').implement({
  description: 'There is no such thing, or it is not the caller’s to see.',
  interfaces: [ErrorInterface],
});

/** The type of `Conflict`. */
export const ConflictRef = builder.objectRef<ConflictData>('Conflict').implement({
  description: 'The row changed since it was read: read it again and decide anew.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    current: t.int({
      nullable: true,
      description: 'Its version or generation; null for an idempotency key used with another input.',
      resolve: (refusal) => refusal.current,
    }),
    node: t.node({
      description: 'The row as it is now, where it is a Node.',
      id: ({ node }) => node && encodeGlobalID(node.type, node.id),
    }),
  }),
});

/** The type of `Unavailable`. */
export const UnavailableRef = builder.objectRef<RetryableData>('Unavailable').implement({
  description: 'A dependency is away and the call cannot be recorded.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterMs: t.int({
      nullable: true,
      description: 'Milliseconds after which a retry makes sense.',
      resolve: (refusal) => refusal.retryAfterMs,
    }),
  }),
});

/** The type of `RateLimited`. */
export const RateLimitedRef = builder.objectRef<RetryableData>('RateLimited').implement({
  description: 'The caller’s own API quota is used up; nothing was planned or recorded.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAfterMs: t.int({
      nullable: true,
      description: 'Milliseconds until the same call is admitted; null: never, it is larger than the quota.',
      resolve: (refusal) => refusal.retryAfterMs,
    }),
  }),
});
