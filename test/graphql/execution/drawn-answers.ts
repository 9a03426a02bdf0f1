import {
  buildSchema,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  printSchema,
  responsePathAsArray,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { schema as own } from '../../../src/graphql/schema.ts';
import { NotFoundError } from '../../../src/system/expected-error.ts';
import { createNumbers } from '../../support/seeded-numbers.ts';

/** What was asked of resolvers in one execution: by the place in the answer, what they were given. */
export interface Heard {
  readonly seed: number;
  readonly calls: Map<string, unknown>;
}

/**
 * The product's own schema with drawn values behind every field: the same for the same seed and place, whoever asks.
 * Many are null, faulty, errors that are thrown, returned or rejected with, or come later.
 */
export function drawnSchema(): GraphQLSchema {
  const schema = buildSchema(printSchema(own));
  for (const type of Object.values(schema.getTypeMap())) {
    const known = own.getType(type.name);
    if (isScalarType(type) && isScalarType(known)) {
      const { serialize, parseValue, parseLiteral } = known;
      Object.assign(type, { serialize, parseValue, parseLiteral });
    }
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_source, args, heard: Heard, info) => {
        const path = responsePathAsArray(info.path).join('.');
        const { variableValues, parentType, returnType, fieldNodes, fragments, operation } = info;
        heard.calls.set(path, {
          ...{ args: { ...(args as object) }, variableValues: { ...variableValues } },
          ...{ field: `${parentType.name}.${info.fieldName}`, type: String(returnType) },
          ...{ nodes: fieldNodes.map(({ loc }) => loc?.start), operation: operation.loc?.start },
          fragments: Object.keys(fragments),
        });
        const isInList = responsePathAsArray(info.path).some((key) => typeof key === 'number');
        const inLists = { mayFail: heard.seed % 2 === 0, mayBeLate: heard.seed % 2 === 1 };
        const random = createNumbers(hash(path) ^ heard.seed);
        const draw = { schema: info.schema, random, mayFail: true, mayBeLate: true, inLists };
        return drawAnswer(field.type, isInList ? { ...draw, ...inLists } : draw);
      };
    }
  }
  return schema;
}

function hash(text: string): number {
  let value = 0;
  for (const each of text) value = (Math.imul(value, 31) + each.charCodeAt(0)) | 0;
  return value;
}

const faults: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => new Error('returned'),
  () => ({ __typename: 'Nothing' }),
  () => 'text',
  () => NaN,
  () => {
    throw new Error('thrown');
  },
  () => {
    throw new NotFoundError('Nothing here.');
  },
  () => {
    throw new AggregateError([new Error('one'), new NotFoundError('Another.')]);
  },
];

const lateFaults: readonly (() => unknown)[] = [
  () => Promise.resolve(null),
  () => Promise.reject(new Error('rejected')),
  () => Promise.reject(new GraphQLError('rejected', { extensions: { code: 'CONFLICT' } })),
];

/** How a value is drawn. */
interface Draw {
  readonly schema: GraphQLSchema;
  readonly random: () => number;
  /** Whether it may be faulty, or null where it must not be. */
  readonly mayFail: boolean;
  readonly mayBeLate: boolean;
  /**
   * What holds for values in lists: they fail, or are late. Of an item that fails at once, the executor that these
   * answers are for leaves the rejections of those before it unhandled.
   */
  readonly inLists: { readonly mayFail: boolean; readonly mayBeLate: boolean };
}

function drawAnswer(type: GraphQLOutputType, draw: Draw): unknown {
  const isLate = draw.mayBeLate && draw.random() < 0.3;
  if (draw.mayFail && draw.random() < 0.04) {
    const all = draw.mayBeLate ? [...faults, ...lateFaults] : faults;
    return all[Math.floor(draw.random() * all.length)]?.();
  }
  const value = drawValue(type, draw);
  return isLate ? Promise.resolve(value) : value;
}

function drawValue(type: GraphQLOutputType, draw: Draw): unknown {
  const { schema, random } = draw;
  if (isNonNullType(type)) return drawValue(type.ofType, draw);
  if (draw.mayFail && random() < 0.03) return null;
  if (isListType(type)) {
    const length = Math.floor(random() * 4);
    const list = Array.from({ length }, () => drawAnswer(type.ofType, { ...draw, ...draw.inLists }));
    return random() < 0.1 ? new Set(list) : list;
  }
  const named = getNamedType(type);
  if (isAbstractType(named)) {
    const members = schema.getPossibleTypes(named);
    return { __typename: members[Math.floor(random() * members.length)]?.name };
  }
  if (isObjectType(named)) return {};
  if (isEnumType(named)) return named.getValues()[0]?.value;
  if (named.name === 'DateTime') return new Date(0);
  return named.name === 'Boolean' ? true : Math.floor(random() * 100);
}
