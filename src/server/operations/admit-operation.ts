import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  isNonNullType,
  OperationTypeNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { RequestContext } from '../../graphql/context.ts';
import { excessiveWork } from '../../graphql/input-work.ts';
import { permissionOf } from '../../graphql/permitted-fields.ts';
import { selectedRootFields, type SelectedField } from '../../graphql/selected-fields.ts';
import { ForbiddenError } from '../../system/expected-error.ts';
import { mayDo, missingRole } from '../../tenants/permissions.ts';
import type { Viewer } from '../../tenants/viewer.ts';
import { executionOptions } from '../bounded-errors.ts';

/** What is known of an operation; over a socket there is no request. */
export type OperationContext = RequestContext & { readonly request?: Pick<Request, 'method'> };

/** How operations are judged before they are executed. */
export interface AdmissionRules {
  /** Whether faults of variables name what was probably meant, which tells of the schema. */
  readonly hidesSuggestions: boolean;
}

/**
 * Judges an operation whose document is valid: first whether its caller may do what it asks for, and only then, where
 * that is the executor's to do badly, its variables. Undefined: it is to be executed; otherwise this is its answer.
 *
 * Refused whole, before anything is executed or any variable looked at, is an operation of which a field that must not
 * be null, or every field, is forbidden to its caller: nothing of it could be answered. Of another one what is allowed
 * is executed, if its variables are sound; where they are not, the caller is told what it may not do and no more.
 */
export function admitOperation(args: ExecutionArgs, rules: AdmissionRules): ExecutionResult | undefined {
  const { schema, document, operationName, contextValue } = args;
  const operation = getOperationAST(document, operationName);
  if (operation == null) return undefined;
  const variables = args.variableValues ?? {};
  const fields = selectedRootFields({ schema, document, operation, variables });
  if (operation.operation === OperationTypeNode.SUBSCRIPTION && fields.length === 0)
    return { errors: [nothingFollowed] };

  const { viewer, request } = contextValue as OperationContext;
  if (request?.method === 'GET' && fields.some(callsModels)) return { errors: [calledByGet] };
  const forbidden = fields.filter(({ field }) => !isAllowed(viewer, field));
  const isVoid = forbidden.some(({ field }) => isNonNullType(field?.type));
  if (forbidden.length > 0 && (isVoid || forbidden.length === fields.length)) {
    const data = isVoid ? null : Object.fromEntries(forbidden.map(({ key }) => [key, null]));
    return { errors: forbidden.map((field) => refusal(viewer, field)), data };
  }
  const isLong = lengthOf(variables) >= LONG;
  const isJudged = rules.hidesSuggestions || forbidden.length > 0 || isLong;
  const excess = excessiveWork(args);
  const faults = excess !== undefined ? [excess] : isJudged ? faultsOf(args, rules, isLong) : undefined;
  if (faults === undefined) return undefined;
  return { errors: forbidden.length > 0 ? forbidden.map((field) => refusal(viewer, field)) : faults };
}

const nothingFollowed = new GraphQLError('A subscription needs its field: here it is left out.', {
  extensions: { code: 'INVALID_INPUT', http: { status: 400 } },
});

/** Whether a field may be asked for by somebody. */
export function isAllowed({ roles }: Viewer, field: SelectedField['field']): boolean {
  const permission = field && permissionOf(field);
  return permission === undefined || mayDo(roles, permission);
}

function refusal({ roles }: Viewer, { key, node, field }: SelectedField): GraphQLError {
  const permission = field && permissionOf(field);
  const originalError = new ForbiddenError(permission === undefined ? '' : missingRole(roles, permission));
  return new GraphQLError(originalError.message, { nodes: [node], path: [key], originalError });
}

/** Yoga refuses mutations by itself. Whatever fetches an address, a link or a picture, must not spend anything. */
const calledByGet = new GraphQLError('Models are called by POST only, or over a WebSocket.', {
  extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { Allow: 'POST' } } },
});

function callsModels({ field }: SelectedField): boolean {
  return field !== undefined && permissionOf(field) === 'route';
}

/** Characters of variables, as they are quoted, from which on their faults are looked for with care. */
const LONG = 50_000;

/** Faults that are looked for where the variables are long. */
const FAULTS_OF_LONG = 1;

/** Characters that a value takes beside those of its name and its text: brackets, commas and spaces. */
const VALUE_LENGTH = 10;

/** How long variables are to quote, as the executor does fifty times; no more than `LONG` is counted. */
function lengthOf(variables: unknown): number {
  const waiting = [variables];
  let length = 0;
  while (length < LONG && waiting.length > 0) {
    const value = waiting.pop();
    length += VALUE_LENGTH + (typeof value === 'string' ? value.length : 0);
    if (typeof value !== 'object' || value === null) continue;
    for (const name of Object.keys(value)) {
      length += name.length;
      waiting.push((value as Record<string, unknown>)[name]);
    }
  }
  return length;
}

/** The first faults of the variables; undefined when there are none. */
function faultsOf(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  { hidesSuggestions: hideSuggestions }: AdmissionRules,
  isLong: boolean,
): readonly GraphQLError[] | undefined {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  if (definitions.length === 0) return undefined;
  const maxErrors = isLong ? FAULTS_OF_LONG : executionOptions.maxCoercionErrors;
  const options = { maxErrors, hideSuggestions };
  return getVariableValues(schema, definitions, variableValues ?? {}, options).errors?.map(asBadRequest);
}

/** The executor's own faults of variables have this status, too. */
function asBadRequest({ message, nodes, extensions, originalError }: GraphQLError): GraphQLError {
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    originalError: originalError ?? null,
    extensions: { ...extensions, http: { status: 400 } },
  });
}
