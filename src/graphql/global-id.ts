import { isObjectType, type GraphQLSchema } from 'graphql';

/** What a client names by a global id. */
export interface GlobalId {
  readonly typename: string;
  readonly id: string;
}

// No id of ours holds a NUL, which the database would refuse to look for.
const GLOBAL_ID = /^(\w+):([^\0]+)$/;

/** Longer than any id of ours; what is longer is not even decoded. */
const MAX_LENGTH = 1000;

/** What a text names. One that is no global id names nothing, so that every use of it finds nothing. */
export function decodeGlobalId(text: string): GlobalId {
  if (text.length > MAX_LENGTH) return { typename: '', id: '' };
  const [, typename = '', id = ''] = GLOBAL_ID.exec(Buffer.from(text, 'base64').toString('utf8')) ?? [];
  return { typename, id };
}

/** The global id of a decision, by the UUID that it is recorded under. */
export function decisionIdOf(uuid: string): string {
  return Buffer.from(`RoutingDecision:${uuid}`).toString('base64');
}

/** Whether things of this type can be fetched by their global id. */
export function isNodeType(schema: GraphQLSchema, typename: string): boolean {
  const type = schema.getType(typename);
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
}
