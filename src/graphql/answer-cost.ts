import {
  getNamedType,
  GraphQLError,
  isIntrospectionType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { asksForAnyType, fieldOf, introspect, textLength, timesOf } from './schema-elements.ts';

/** What one answer may have at most: bytes beside those for each character of the document, and nested objects. */
export const answerLimits = { bytes: 1_000_000, bytesPerCharacter: 100, depth: 40 } as const;

/** How many bytes the answer to a document may have. */
export function answerLimitOf({ loc }: DocumentNode): number {
  return answerLimits.bytes + answerLimits.bytesPerCharacter * (loc?.end ?? 0);
}

/** Fields that are looked at before a document is refused as too much: a hundred times the usual introspection. */
const MAX_STEPS = 300_000;

/** Bytes that are counted for a value that is not known before it is read. */
const VALUE_BYTES = 16;

/** Where a selection applies: an object type and, within introspection, the element of the schema itself. */
interface Parent {
  readonly type: GraphQLNamedType;
  /** Undefined outside of introspection. */
  readonly element: object | undefined;
}

/**
 * Throws a GraphQLError when what a document asks for is too much to answer. Introspection is counted exactly, by the
 * schema's own lists and texts; other fields by their names and by how often lists repeat them. Whatever `@skip` leaves
 * out, and fields that are merged, are counted all the same. Each fragment is judged once for each element that it is
 * applied to, and judging ends with the first part that is too much. The document need not be valid.
 */
export function checkAnswerCost(schema: GraphQLSchema, document: DocumentNode): void {
  const limit = answerLimitOf(document);
  const judge = new Judge(schema, document, limit);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const type = schema.getRootType(definition.operation);
    if (type != null) judge.costOf(definition.selectionSet, { type, element: undefined });
  }
}

/** What one selection is answered by. */
interface Cost {
  readonly bytes: number;
  /** Objects within each other. */
  readonly depth: number;
}

const NOTHING: Cost = { bytes: 0, depth: 0 };

/** Judges the selections of one document. */
class Judge {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #limit: number;
  readonly #known = new Map<SelectionSetNode, Map<object, Cost>>();
  #steps = 0;

  constructor(schema: GraphQLSchema, document: DocumentNode, limit: number) {
    this.#schema = schema;
    this.#fragments = fragmentsOf(document);
    this.#limit = limit;
  }

  /** What this selection adds to each object that it is applied to. */
  costOf(set: SelectionSetNode, parent: Parent): Cost {
    const costs = this.#known.get(set) ?? new Map<object, Cost>();
    this.#known.set(set, costs);
    const place = parent.element ?? parent.type;
    const before = costs.get(place);
    if (before !== undefined) return before;
    // A fragment within itself is for validation to refuse.
    costs.set(place, NOTHING);
    let bytes = 2;
    let depth = 0;
    for (const selection of set.selections) {
      const cost = this.#costOfSelection(selection, parent);
      bytes += cost.bytes;
      depth = Math.max(depth, cost.depth);
      if (bytes > this.#limit)
        throw tooMuch(`costs ${Math.ceil(bytes)} bytes of answer or more, of ${this.#limit} at most`, set);
      if (depth > answerLimits.depth)
        throw tooMuch(`nests more than ${answerLimits.depth} objects in its answer`, set);
    }
    const cost = { bytes, depth };
    costs.set(place, cost);
    return cost;
  }

  #costOfSelection(selection: SelectionNode, parent: Parent): Cost {
    this.#takeSteps(1, selection);
    if (selection.kind === Kind.FIELD) return this.#costOfField(selection, parent);
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
    if (fragment === undefined) return NOTHING;
    const condition = fragment.typeCondition?.name.value;
    const type = condition === undefined ? parent.type : this.#schema.getType(condition);
    if (type === undefined || (parent.element !== undefined && type !== parent.type)) return NOTHING;
    return this.costOf(fragment.selectionSet, { ...parent, type });
  }

  #costOfField(node: FieldNode, parent: Parent): Cost {
    const field = fieldOf(this.#schema, parent.type, node.name.value);
    if (field === undefined) return NOTHING;
    // Quotes, a colon and a comma stand around a name.
    const name = Buffer.byteLength(node.alias?.value ?? node.name.value) + 4;
    const type = getNamedType(field.type);
    if (asksForAnyType(field, node)) return this.#costOfAnyType(node, name, type);
    if (isIntrospectionType(type) || parent.element !== undefined) {
      const { bytes, depth } = this.#costOfElements(
        introspect(this.#schema, field, node, parent.element),
        node,
        type,
      );
      return { bytes: name + bytes, depth };
    }
    const one = this.#costOfValue(node, { type, element: undefined });
    return { bytes: name + one.bytes * timesOf(field, node, parent.type), depth: one.depth };
  }

  /** A type whose name is not known yet counts as the one that has the most to tell of what is asked. */
  #costOfAnyType(node: FieldNode, name: number, type: GraphQLNamedType): Cost {
    const all = Object.values(this.#schema.getTypeMap());
    this.#takeSteps(all.length, node);
    const costs = all.map((element) => this.#costOfValue(node, { type, element }));
    return {
      bytes: name + Math.max(...costs.map(({ bytes }) => bytes)),
      depth: Math.max(...costs.map(({ depth }) => depth)),
    };
  }

  /** What stands in the schema itself, and can therefore be counted as it is. */
  #costOfElements(value: unknown, node: FieldNode, type: GraphQLNamedType): Cost {
    if (!Array.isArray(value)) {
      if (typeof value === 'object' && value !== null)
        return this.#costOfValue(node, { type, element: value });
      return { bytes: textLength(value), depth: 0 };
    }
    this.#takeSteps(value.length, node);
    let bytes = 2;
    let depth = 0;
    for (const item of value) {
      const cost = this.#costOfElements(item, node, type);
      bytes += 1 + cost.bytes;
      depth = Math.max(depth, cost.depth);
    }
    return { bytes, depth };
  }

  #costOfValue({ selectionSet }: FieldNode, parent: Parent): Cost {
    if (selectionSet === undefined) return { bytes: VALUE_BYTES, depth: 0 };
    const { bytes, depth } = this.costOf(selectionSet, parent);
    return { bytes, depth: depth + 1 };
  }

  #takeSteps(count: number, node: SelectionNode): void {
    if ((this.#steps += count) > MAX_STEPS)
      throw tooMuch(`takes more than ${MAX_STEPS} steps to judge`, node);
  }
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
}

function tooMuch(what: string, node: SelectionSetNode | SelectionNode): GraphQLError {
  return new GraphQLError(`The document ${what}.`, {
    nodes: [node],
    extensions: { code: 'INVALID_INPUT', http: { status: 400 } },
  });
}
