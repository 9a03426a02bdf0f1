import { getOperationAST, Kind, OperationTypeNode, type OperationDefinitionNode } from 'graphql';
import type { DocumentNode, ExecutionArgs, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import { RateLimitedError } from '../../system/expected-error.ts';
import { mayDo } from '../../tenants/permissions.ts';
import type { Viewer } from '../../tenants/viewer.ts';
import type { Bounds } from './bounds.ts';

/** Who asks for an operation: part of every operation's context. */
export interface Asker {
  readonly viewer: Viewer;
  /** Where from, as addresses are counted. */
  readonly address: string;
  /** Characters of the request, or what takes as long to read. */
  readonly requestSize: number;
}

/** A request counts once, and once more for each so many characters: whoever sends megabytes asks for much. */
const CHARACTERS_COUNTED = 20_000;

/** Counts what it took to read a request. It has been read, so that it counts also where it is more than there was. */
export function countSize({ rates }: Pick<Bounds, 'rates'>, { viewer, address, requestSize }: Asker): void {
  const times = Math.floor(requestSize / CHARACTERS_COUNTED);
  if (times === 0) return;
  rates.owe('requestsPerKey', viewer.keyId, times);
  rates.owe('requestsPerAddress', address, times);
}

/**
 * When somebody who has no models called may send another request, milliseconds; 0: now, and for all others. Asked
 * before a request is read: to refuse it afterwards takes as long as to answer it.
 */
export function readingWaitMs({ rates }: Pick<Bounds, 'rates'>, { roles, keyId }: Viewer): number {
  return mayDo(roles, 'route') ? 0 : rates.waitMs('requestsPerKey', keyId);
}

/** The fields that have models called: quotas of keys count them, and nothing here does. */
const ROUTED: ReadonlySet<string> = new Set(['route', 'vote', 'routeStream']);

type CountedArgs = Pick<ExecutionArgs, 'document' | 'operationName' | 'contextValue'>;

/** Counts an operation of its caller's. Throws RateLimitedError when it has asked for too many within a minute. */
export function countOperation({ rates }: Pick<Bounds, 'rates'>, args: CountedArgs): void {
  const counts = countsOf(args);
  if (counts.other === 0) return;
  const asker = args.contextValue as Asker;
  countRefused({ rates }, asker);
  if (counts.isMutation) rates.take('mutationsPerKey', asker.viewer.keyId, counts.other);
}

/** Counts what never became an operation: a document that is malformed or not valid. */
export function countRefused({ rates }: Pick<Bounds, 'rates'>, asker: Asker): void {
  rates.take('requestsPerKey', asker.viewer.keyId);
  rates.take('requestsPerAddress', asker.address);
  countSize({ rates }, asker);
}

/**
 * A place for a subscription until it has ended. Throws RateLimitedError when its caller has too many, or has started
 * too many within a minute.
 */
export function admitSubscription(
  { rates, subscriptions }: Pick<Bounds, 'rates' | 'subscriptions'>,
  args: CountedArgs,
): Disposable {
  const asker = args.contextValue as Asker;
  const { viewer, address } = asker;
  if (countsOf(args).other > 0) {
    rates.take('subscriptionsPerKey', viewer.keyId);
    rates.take('requestsPerAddress', address);
    countSize({ rates }, asker);
  }
  return admitStream({ subscriptions }, viewer);
}

/** A place among what a key has open. Throws RateLimitedError when it has too many. */
export function admitStream({ subscriptions }: Pick<Bounds, 'subscriptions'>, viewer: Viewer): Disposable {
  const place = subscriptions.take(viewer.keyId);
  if (place !== undefined) return place;
  throw new RateLimitedError('This API key has too many subscriptions open.', BUSY_RETRY_MS);
}

/** When to come back to what is held by others of the same key: nobody knows when one of them ends. */
const BUSY_RETRY_MS = 1_000;

interface Counts {
  readonly isMutation: boolean;
  /** Root fields beside those that have models called. */
  readonly other: number;
}

const known = new WeakMap<OperationDefinitionNode, Counts>();

function countsOf({ document, operationName }: CountedArgs): Counts {
  const operation = getOperationAST(document, operationName);
  // Whoever executes it says what is wrong.
  if (operation == null) return { isMutation: false, other: 1 };
  let counts = known.get(operation);
  if (counts === undefined) known.set(operation, (counts = count(operation, document)));
  return counts;
}

function count(operation: OperationDefinitionNode, document: DocumentNode): Counts {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  return { isMutation, other: countFields(operation.selectionSet, fragments) };
}

/** A fragment is counted where it stands first: again it would name the same fields. */
function countFields(set: SelectionSetNode, fragments: Map<string, FragmentDefinitionNode>): number {
  let fields = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) fields += ROUTED.has(selection.name.value) ? 0 : 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      fields += countFields(selection.selectionSet, fragments);
    else {
      const fragment = fragments.get(selection.name.value);
      fragments.delete(selection.name.value);
      if (fragment !== undefined) fields += countFields(fragment.selectionSet, fragments);
    }
  }
  return fields;
}
