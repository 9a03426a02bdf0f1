import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLError,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { RequestContext } from '../context.ts';
import type { Variables } from './variable-reader.ts';

/** An operation, and what it refers to. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/** One execution of an operation. */
export interface Run {
  readonly operation: Operation;
  readonly context: RequestContext;
  readonly variables: Variables;
  /** Why there is null in the answer where there should be more. */
  readonly errors: GraphQLError[];
}

/** Where in the answer a value stands. */
export type Path = GraphQLResolveInfo['path'];

/** What a resolved value becomes in the answer, at once or later; throws where it is nothing that its type allows. */
export type Complete = (run: Run, value: unknown, path: Path, info: GraphQLResolveInfo) => unknown;

/** A field of one type of objects, as an operation asks for it. */
export interface Place {
  /** More than one where the same field is asked for in several places. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly field: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
}

/** One field of an answer: all that can be known of it before anybody asks for it. */
export interface FieldPlan extends Place {
  /** Its name in the answer. */
  readonly key: string;
  /** What it answers with, whatever is asked; undefined: it is to be resolved. */
  readonly constant: string | undefined;
  readonly resolve: GraphQLFieldResolver<unknown, unknown>;
  /** Throws where a variable is missing that it needs. */
  readonly argumentsOf: (variables: Variables) => Record<string, unknown>;
  readonly complete: Complete;
  /** Whether null may stand for it. */
  readonly isNullable: boolean;
}
