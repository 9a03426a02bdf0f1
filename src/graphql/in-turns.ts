import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { createTurnShare } from './turn-share.ts';

/** What all queries together take of one turn of the event loop: a routed call waits for some turns, one after the other. */
const SHARE_MS = 2;

/** Lists up to this length are answered as they are. */
const SHORT = 10;

const share = createTurnShare(SHARE_MS);

/**
 * A list as it is answered: a long one node by node, in turn with whoever else has asked for one, so that what others
 * wait for meanwhile, such as a routed call, is not held up by as much as the longest page takes.
 */
export function inTurns<Node>(list: readonly Node[]): readonly (Node | Promise<Node>)[] {
  if (list.length <= SHORT) return list;
  return list.map((node) => share.queue().then(() => node));
}

/** Waits where all queries together have had their time of this turn: for a piece of work that belongs to one of them. */
export function passInTurn(): Promise<void> | undefined {
  return share.pass();
}

/**
 * Has the fields of queries begin in turn, whoever asks for them: what is answered from memory alone, under many
 * aliases, would otherwise be one turn as long as all of them.
 */
export function beginInTurns(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = (...args) => {
      const turn = share.pass();
      return turn === undefined ? resolve(...args) : turn.then((): unknown => resolve(...args));
    };
  }
  return schema;
}
