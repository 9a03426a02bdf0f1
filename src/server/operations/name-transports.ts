import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';
import type { Bounds } from '../bounds/bounds.ts';
import { countRefused, type Asker } from '../bounds/count-operation.ts';
import { admitOperation, type AdmissionRules } from './admit-operation.ts';

/** What a client is told that asks for a subscription in a form that has none. */
export const TRANSPORTS =
  'Subscriptions are served over SSE (`Accept: text/event-stream`, as graphql-sse and urql ask for) and over WebSocket ' +
  'at this address (sub-protocol `graphql-transport-ws`, as graphql-ws speaks it), not as JSON and not as ' +
  '`multipart/mixed`, which Apollo Client asks for unless it is given a link of its own for subscriptions.';

/** What subscriptions are refused by. */
export interface TransportRules extends AdmissionRules {
  readonly bounds: Pick<Bounds, 'rates'>;
  toError(error: unknown): GraphQLError;
}

/**
 * Refuses a subscription over HTTP whose client would not accept its events, with 406 and the names of the transports
 * that there are, before anything is started for it. What it may not ask for in any form is told first.
 */
export function nameTransports(rules: TransportRules): Plugin {
  const { bounds, toError } = rules;
  const refused = new WeakSet<Request>();

  function refuse(args: ExecutionArgs): readonly GraphQLError[] {
    try {
      countRefused(bounds, args.contextValue as Asker);
    } catch (error) {
      return [toError(error)];
    }
    const judged = admitOperation(args, rules)?.errors;
    return judged?.map((error) => toError(error)) ?? [notSo];
  }

  return {
    onSubscribe({ args, setResultAndStopExecution }) {
      // Over WebSocket there is none.
      const { request } = args.contextValue as Partial<YogaInitialContext>;
      if (request === undefined || acceptsEvents(request.headers.get('accept'))) return;
      refused.add(request);
      setResultAndStopExecution({ errors: refuse(args) });
    },
    onResultProcess({ request, resultProcessor, setResultProcessor }) {
      // Who accepts no JSON either is told all the same: an empty answer helps nobody.
      if (!refused.has(request) || resultProcessor !== undefined) return;
      setResultProcessor(asJson, 'application/json');
    },
  };
}

const notSo = new GraphQLError(TRANSPORTS, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } });

/** Whether a client reads `text/event-stream`, by RFC 9110 §12.5.1; without the header it reads anything. */
export function acceptsEvents(accept: string | null): boolean {
  const ranges = accept?.trim() ? accept.toLowerCase().split(',') : ['*/*'];
  return ranges.some((range) => /^\s*(?:text\/event-stream|text\/\*|\*\/\*)\s*(?:;|$)/.test(range));
}

function asJson(result: unknown): Response {
  const { errors = [] } = result as ExecutionResult;
  const { status, headers } = (errors[0]?.extensions['http'] ?? {}) as ResponseInit;
  const shown = errors.map(({ message, extensions: { http: _, ...extensions } }) => ({
    message,
    extensions,
  }));
  return Response.json({ errors: shown }, { status: status ?? 406, headers: headers ?? {} });
}
