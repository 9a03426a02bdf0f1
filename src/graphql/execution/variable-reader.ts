import {
  isEnumType,
  isInputObjectType,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  typeFromAST,
  valueFromAST,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

/** Variables as resolvers are given them. */
export type Variables = Readonly<Record<string, unknown>>;

/** Reads what a client sent; undefined: something is wrong with it, and whoever knows all words for that is to say what. */
export type ReadVariables = (sent: Variables) => Variables | undefined;

/** Throws where a value is not of its type. */
type Read = (value: unknown) => unknown;

// Made once, and never seen by anybody: that something is wrong is all that is told.
const unreadable = new Error('Not a value of this type.');

/** What reads the variables of an operation as GraphQL's own coercion would; undefined: it would refuse the definitions. */
export function variablesReader(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): ReadVariables | undefined {
  const readers: ((sent: Variables, read: Record<string, unknown>) => void)[] = [];
  for (const { variable, type: typeNode, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    if (!isInputType(type) || name === '__proto__') return undefined;
    const read = readerOf(type);
    readers.push((sent, values) => {
      if (Object.hasOwn(sent, name)) values[name] = read(sent[name]);
      else if (defaultValue !== undefined) values[name] = valueFromAST(defaultValue, type);
      else if (isNonNullType(type)) throw unreadable;
    });
  }
  return (sent) => {
    const values: Record<string, unknown> = {};
    try {
      for (const read of readers) read(sent, values);
    } catch {
      // GraphQL's own coercion meets the same fault, and says it.
      return undefined;
    }
    return values;
  };
}

/** Readers of types, by type: input objects may contain themselves. */
const readers = new WeakMap<GraphQLInputType, Read>();

function readerOf(type: GraphQLInputType): Read {
  let reader = readers.get(type);
  if (reader === undefined) readers.set(type, (reader = makeReader(type)));
  return reader;
}

function makeReader(type: GraphQLInputType): Read {
  if (isNonNullType(type)) {
    const read = readerOf(type.ofType);
    return (value) => {
      if (value == null) throw unreadable;
      return read(value);
    };
  }
  const read = isListType(type)
    ? listReader(readerOf(type.ofType))
    : isInputObjectType(type)
      ? objectReader(type)
      : leafReader(type);
  return (value) => (value == null ? null : read(value));
}

function leafReader(type: GraphQLInputType): Read {
  if (!isLeafType(type)) throw new TypeError(`${String(type)} is no type of inputs.`);
  return (value) => {
    const read: unknown = isEnumType(type) ? type.parseValue(value) : type.parseValue(value);
    if (read === undefined) throw unreadable;
    return read;
  };
}

function listReader(readItem: Read): Read {
  return (value) => {
    if (Array.isArray(value)) return value.map((item) => readItem(item));
    // No JSON has any other iterable object.
    if (typeof value === 'object' && value !== null && Symbol.iterator in value) throw unreadable;
    return [readItem(value)];
  };
}

interface InputField {
  readonly name: string;
  readonly read: Read;
  readonly isRequired: boolean;
  readonly defaultValue: unknown;
}

function objectReader(type: GraphQLInputObjectType): Read {
  let fields: readonly InputField[] | undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable;
    fields ??= fieldsOf(type);
    const sent = value as Variables;
    const values: Record<string, unknown> = {};
    let known = 0;
    for (const { name, read, isRequired, defaultValue } of fields) {
      const item = sent[name];
      if (item !== undefined) {
        values[name] = read(item);
        known += 1;
      } else if (defaultValue !== undefined) values[name] = defaultValue;
      else if (isRequired) throw unreadable;
    }
    if (Object.keys(sent).length !== known) throw unreadable;
    if (type.isOneOf && !isOne(values)) throw unreadable;
    return values;
  };
}

/** Looked up when they are first needed: a field may be of its own object's type. */
function fieldsOf(type: GraphQLInputObjectType): readonly InputField[] {
  return Object.values(type.getFields()).map(({ name, type, defaultValue }) => ({
    ...{ name, defaultValue },
    read: readerOf(type),
    isRequired: isNonNullType(type),
  }));
}

function isOne(values: Variables): boolean {
  const [first, ...others] = Object.values(values);
  return first != null && others.length === 0;
}
