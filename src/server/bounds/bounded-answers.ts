import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { answerLimitOf } from '../../graphql/answer-cost.ts';

/** Characters from which on a text that was made for this answer is counted once, however often it stands there. */
const LONG_TEXT = 200;

/** Texts that JSON writes as they are, a byte for each character. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * The result, unless it would be sent as more bytes than an answer to this document may have: documents are judged
 * before anything is read, and rows may have longer texts than was thought. What has been done is paid for and will not
 * be done again: of a mutation and an event only what is repeated counts, not the first time that a long text stands
 * there.
 */
export function boundAnswer(
  result: ExecutionResult,
  document: DocumentNode,
  operationName?: string | null,
): ExecutionResult {
  const limit = answerLimitOf(document);
  const operation = getOperationAST(document, operationName)?.operation;
  const told = operation === OperationTypeNode.QUERY ? undefined : new Set<string>();
  if (result.data == null || fits(result.data, limit, told)) return result;
  const error = new GraphQLError(
    `The answer has more than ${limit} bytes: ask for smaller pages, or for fewer fields of each row.`,
    { extensions: { code: 'INVALID_INPUT' } },
  );
  return { data: null, errors: [error] };
}

/** Bounds the answers of queries and mutations; those of subscriptions are bounded where they are made. */
export const limitAnswers: Plugin = {
  onExecute({ args }) {
    const { document, operationName } = args as ExecutionArgs;
    return {
      onExecuteDone({ result, setResult }) {
        if (!(Symbol.asyncIterator in result)) setResult(boundAnswer(result, document, operationName));
      },
    };
  },
};

/** Whether a value takes at most so many bytes as JSON; looks no further than that. */
function fits(data: object, limit: number, told: Set<string> | undefined): boolean {
  const waiting: unknown[] = [data];
  let left = limit;
  while (waiting.length > 0 && left >= 0) {
    const value = waiting.pop();
    if (typeof value === 'string') left -= textBytes(value, told);
    else if (typeof value !== 'object' || value === null) left -= String(value).length + 1;
    else if (Array.isArray(value)) {
      left -= 2 + value.length;
      for (const item of value) waiting.push(item);
    } else {
      left -= 2;
      for (const [name, item] of Object.entries(value)) {
        left -= name.length + 4;
        waiting.push(item);
      }
    }
  }
  return left >= 0;
}

function textBytes(text: string, told: Set<string> | undefined): number {
  if (told !== undefined && text.length > LONG_TEXT && !told.has(text)) {
    told.add(text);
    return 0;
  }
  return PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}
