import { GraphQLError, Kind, visit, type DocumentNode, type ExecutionArgs, type FieldNode } from 'graphql';
import { MAX_JSON_VALUES } from '../system/input/json-size.ts';

/** What a value weighs, in the characters of a text that take as long to read. */
const VALUE_WEIGHT = 100;

/** What all fields of an operation may be given to read: twice the largest request, in characters or in values. */
const MAX_WORK = 2 * MAX_JSON_VALUES * VALUE_WEIGHT;

/** Variables that weigh less than this are not looked at any closer. */
const LIGHT = 50_000;

/**
 * Why an operation is refused whose fields would read its variables too often; undefined: they would not. Each field
 * that names a variable reads, checks and translates all of it, and an operation has room for hundreds. What stands in
 * the document itself is read by one field alone.
 */
export function excessiveWork({
  document,
  variableValues,
}: Pick<ExecutionArgs, 'document' | 'variableValues'>): GraphQLError | undefined {
  if (variableValues == null) return undefined;
  const weights = new Map(Object.entries(variableValues).map(([name, value]) => [name, weightOf(value)]));
  if (sum(weights.values()) < LIGHT) return undefined;
  let work = 0;
  for (const field of fieldsOf(document)) {
    work += sum(variablesOf(field).map((name) => weights.get(name) ?? 0));
    if (work <= MAX_WORK) continue;
    return new GraphQLError(
      'The fields of this operation would read its variables too often. Send several operations, or smaller variables.',
      { nodes: [field], extensions: { code: 'INVALID_INPUT', http: { status: 400 } } },
    );
  }
  return undefined;
}

/** All fields with arguments, each once: a fragment that is spread twice in one place is merged. */
function fieldsOf(document: DocumentNode): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  visit(document, {
    Field: (field) => void (field.arguments?.length && fields.push(field)),
  });
  return fields;
}

function variablesOf(field: FieldNode): readonly string[] {
  const names: string[] = [];
  for (const argument of field.arguments ?? []) {
    visit(argument, { [Kind.VARIABLE]: ({ name }) => void names.push(name.value) });
  }
  return names;
}

/** How long it takes to read a value once, in characters of a text. */
export function weightOf(root: unknown): number {
  const waiting = [root];
  let weight = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    weight += typeof value === 'string' ? VALUE_WEIGHT + value.length : VALUE_WEIGHT;
    // A loop over names (`for … in`) is compiled for the shapes that it has met, and thrown away at each new one.
    if (typeof value === 'object' && value !== null)
      for (const each of Object.values(value)) waiting.push(each as unknown);
  }
  return weight;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}
