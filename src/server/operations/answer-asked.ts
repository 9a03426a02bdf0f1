import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timers } from '../../system/timers.ts';
import { passInTurn } from '../../graphql/in-turns.ts';
import { mayDo } from '../../tenants/permissions.ts';
import { answer } from '../bounds/refuse.ts';
import { sendResults } from './event-stream.ts';
import type { Target } from '../target.ts';
import type { GraphQLHandler, ServerContext } from '../yoga.ts';

/** An operation over HTTP whose caller is known. */
export interface AskedOperation {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  /** Undefined: it is in the query string. */
  readonly body: object | undefined;
  readonly context: ServerContext;
}

/** Answers an operation, to its end: by the short way where it is plain, else by the way that knows every form. */
export async function answerAsked(
  { graphql, timers }: { readonly graphql: GraphQLHandler; readonly timers: Timers },
  { request, response, target, body, context }: AskedOperation,
): Promise<void> {
  const { accept } = request.headers;
  const plain = body !== undefined && target.query === '' ? { body, accept } : undefined;
  const following = plain && graphql.followPlain(plain, context);
  const followed = following && (await following);
  if (followed !== undefined && Symbol.asyncIterator in followed)
    return await sendResults(response, followed, timers);

  const executing = followed === undefined && plain ? graphql.executePlain(plain, context) : undefined;
  const outcome = executing && (await executing);
  if (outcome?.contentType !== undefined) return answer(response, 200, outcome.result, outcome.contentType);

  // Yoga takes a parsed body from here instead of reading the stream, which is spent.
  Object.assign(request, body && { body });
  // It makes a URL of the two, which not every host can be part of; nothing depends on which host it is.
  request.url = target.path + target.query;
  request.headers.host = 'localhost';
  const result = followed ?? outcome?.result;
  // To parse and validate a document that is new takes milliseconds, and many may come at once.
  if (result === undefined && !mayDo(context.viewer.roles, 'route')) await passInTurn();
  await graphql.answer(request, response, { ...context, ...(result && { result }) });
}
