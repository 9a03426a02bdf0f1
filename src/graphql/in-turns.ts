import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { createPace } from './pace.ts';

/** Nodes of long lists, of all operations together, that are answered in one turn of the event loop: some milliseconds. */
const NODES_PER_TURN = 20;

/** Lists up to this length are answered as they are. */
const SHORT = 10;

/** Root fields of queries that are begun in one turn, of all operations together. */
const FIELDS_PER_TURN = 10;

const nodes = createPace(NODES_PER_TURN);
const fields = createPace(FIELDS_PER_TURN);

/**
 * A list as it is answered: a long one a few nodes at a time, whoever else has asked for one, so that what others wait
 * for meanwhile, such as a routed call, is not held up by as much as the longest page takes.
 */
export function inTurns<Node>(list: readonly Node[]): readonly (Node | Promise<Node>)[] {
  if (list.length <= SHORT) return list;
  return list.map((node) => nodes.pass()?.then(() => node) ?? node);
}

/**
 * Has the fields of queries begin a few in a turn, whoever asks for them: what is answered from memory alone, under many
 * aliases, would otherwise be one turn as long as all of them.
 */
export function beginInTurns(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = (...args) => {
      const turn = fields.pass();
      return turn === undefined ? resolve(...args) : turn.then((): unknown => resolve(...args));
    };
  }
  return schema;
}
