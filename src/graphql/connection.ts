import type { ObjectRef } from '@pothos/core';
import { isModelSlug, isProviderSlug, splitModelKey } from '../providers/model-key.ts';
import { InvalidInputError } from '../system/expected-error.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { inTurns } from './in-turns.ts';

/** Rows a page holds when the client does not say, and at most. */
export const pageSize = { usual: 50, most: 200 } as const;

/** One page of a list. */
export interface Page<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** What a client asks of a connection, checked. */
export interface PageRequest {
  /** 1..`pageSize.most`. */
  readonly first: number;
  /** The cursor after which the page begins, or null for the first page. */
  readonly after: string | null;
}

/** The relay connection `<name>Connection` with its edge, over pages of nodes. */
export function defineConnection<Node>(name: string, node: ObjectRef<SchemaTypes, Node>) {
  const edge = builder.objectRef<Page<Node>['edges'][number]>(`${name}Edge`).implement({
    description: `A ${name} and its place in the list.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Its place: what `after` takes.' }),
      node: t.field({
        type: node,
        description: 'What stands there.',
        resolve: (value) => value.node as never,
      }),
    }),
  });
  return builder.objectRef<Page<Node>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: 'What is on this page, with cursors.',
        resolve: (page) => inTurns(page.edges) as never,
      }),
      nodes: t.field({
        type: [node],
        description: 'What is on this page.',
        resolve: (page) => inTurns(page.edges.map((value) => value.node)) as never,
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where this page stands in the list.',
        resolve: (page) => ({
          hasNextPage: page.hasNextPage,
          hasPreviousPage: page.hasPreviousPage,
          startCursor: page.edges[0]?.cursor ?? null,
          endCursor: page.edges.at(-1)?.cursor ?? null,
        }),
      }),
    }),
  });
}

/** A page of a list whose changes can be followed. */
export interface FollowablePage<Node> extends Page<Node> {
  /** Stood after everything in the list when the page was read. */
  readonly headCursor: string;
}

/** Adds `headCursor` to a connection over followable pages. */
export function defineHeadCursor<Node>(connection: ObjectRef<SchemaTypes, Page<Node>>, description: string) {
  builder.objectField(connection, 'headCursor', (t) =>
    t.string({ description, resolve: (page) => (page as FollowablePage<Node>).headCursor }),
  );
}

/** The arguments of every connection: `args: { ...connectionArgs }`. */
export const connectionArgs = builder.args((t) => ({
  first: t.int({ description: `How many, 1..${pageSize.most}; ${pageSize.usual} when absent.` }),
  after: t.string({ description: 'The cursor after which the page begins.' }),
}));

/** What a connection costs: its page size times what a node costs. */
export function connectionComplexity(args: { first?: number | null | undefined }) {
  return { field: 1, multiplier: Math.min(args.first ?? pageSize.usual, pageSize.most) };
}

/** Checks a connection's arguments; throws InvalidInputError naming `first` when it is out of range. */
export function pageRequest(args: {
  first?: number | null | undefined;
  after?: string | null | undefined;
}): PageRequest {
  const first = args.first ?? pageSize.usual;
  if (first < 1 || first > pageSize.most) {
    throw new InvalidInputError([{ path: ['first'], message: `must be 1..${pageSize.most}` }]);
  }
  return { first, after: args.after ?? null };
}

/** As `pageRequest`, for a list of models or of what belongs to them, whose cursors are keys of models. */
export function keyPageRequest(args: Parameters<typeof pageRequest>[0]): PageRequest {
  const page = pageRequest(args);
  const parts = page.after === null ? undefined : splitModelKey(page.after);
  const isKey = parts !== undefined && isProviderSlug(parts.providerSlug) && isModelSlug(parts.modelSlug);
  if (page.after === null || isKey) return page;
  throw new InvalidInputError([{ path: ['after'], message: 'is no cursor of this list' }]);
}

/**
 * Turns the rows read for a request into a page. Read `first + 1` rows: the one too many says that there
 * is a next page.
 */
export function toPage<Node>(
  request: PageRequest,
  rows: readonly Node[],
  cursorOf: (node: Node) => string,
): Page<Node> {
  return {
    edges: rows.slice(0, request.first).map((node) => ({ cursor: cursorOf(node), node })),
    hasNextPage: rows.length > request.first,
    hasPreviousPage: request.after !== null,
  };
}
