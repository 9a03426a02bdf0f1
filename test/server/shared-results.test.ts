import {
  GraphQLError,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  parse,
} from 'graphql';
import { beforeEach, expect, test } from 'vitest';
import type { RequestContext } from '../../src/graphql/context.ts';
import { createSharedResults, SHARED_MS, type SubscriptionArgs } from '../../src/server/shared-results.ts';
import type { Viewer } from '../../src/tenants/viewer.ts';
import { createManualTime } from '../support/time/manual-time.ts';

const text = 'subscription ($after: Int, $by: Int) { event(after: $after) { times(by: $by) } }';
const document = parse(text);
const viewer: Viewer = { tenantId: 'one', keyId: 'key', roles: ['AGENT'] };

let executed = 0;
let signals: AbortSignal[] = [];

beforeEach(() => {
  executed = 0;
  signals = [];
});

const eventType = new GraphQLObjectType<{ readonly value: number }, RequestContext>({
  name: 'Event',
  fields: {
    times: {
      type: GraphQLInt,
      args: { by: { type: GraphQLInt } },
      resolve({ value }, { by }: { by?: number }, { signal }) {
        executed += 1;
        signals.push(signal);
        return value * (by ?? 1);
      },
    },
    broken: {
      type: GraphQLInt,
      resolve() {
        throw new Error('secret');
      },
    },
  },
});

let coerced = 0;
const longInput = new GraphQLScalarType({ name: 'Long', parseValue: (value) => ((coerced += 1), value) });

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType<unknown, RequestContext>({
    name: 'Subscription',
    fields: {
      event: {
        type: eventType,
        args: {
          after: { type: GraphQLInt },
          input: { type: new GraphQLNonNull(longInput), defaultValue: '' },
        },
        resolve: (event) => event,
      },
    },
  }),
});

const time = createManualTime();
const prepare = () => createSharedResults(mask, time.timers).resultsOf;
const mask = (error: GraphQLError) => new GraphQLError(error.message === 'secret' ? 'masked' : error.message);

function args(own: Partial<SubscriptionArgs> = {}, caller = viewer): SubscriptionArgs {
  const contextValue = { viewer: caller, signal: AbortSignal.abort() } as RequestContext;
  return { schema, document, contextValue, variableValues: {}, ...own };
}

test('an event is executed once for all who ask for the same', () => {
  const share = prepare();
  const event = { value: 2 };
  const results = [1, 2, 3].map((after) => share(args({ variableValues: { after, by: 3 } }))(event));
  expect(results[0]).toEqual({ data: { event: { times: 6 } } });
  expect(new Set(results).size).toBe(1);
  expect(executed).toBe(1);
});

test.each<[string, string, Record<string, unknown>]>([
  ['as it is', '($input: Long!) { event(input: $input) { times } }', { input: 'long' }],
  ['by default', '($input: Long! = "long") { event(input: $input) { times } }', {}],
  [
    'within others',
    '($after: Int, $input: Long!) { event(after: $after, input: $input) { times } }',
    { input: 'long', after: null },
  ],
])(
  'what only chooses the events, given %s, is not coerced again for each of them',
  (_given, asked, variableValues) => {
    coerced = 0;
    const toResult = prepare()(args({ document: parse(`subscription ${asked}`), variableValues }));
    expect(toResult({ value: 2 })).toEqual({ data: { event: { times: 2 } } });
    expect(coerced).toBe(0);
  },
);

test('an input that events are answered by is what it was', () => {
  const asked = 'subscription ($by: Int!, $input: Long!) { event(input: $input) { times(by: $by) } }';
  const toResult = prepare()(args({ document: parse(asked), variableValues: { by: 3, input: 'long' } }));
  expect(toResult({ value: 2 })).toEqual({ data: { event: { times: 6 } } });
});

test.each<[string, SubscriptionArgs]>([
  ['variables that are answered', args({ variableValues: { by: 4 } })],
  ['another document', args({ document: parse(text) })],
  ['another tenant', args({}, { ...viewer, tenantId: 'two' })],
  ['other roles', args({}, { ...viewer, roles: ['VIEWER'] })],
  [
    'the same variable within a fragment of the root',
    args({
      document: parse(
        'subscription ($by: Int) { ...All } fragment All on Subscription { event(after: $by) { times } }',
      ),
      variableValues: { by: 1 },
    }),
  ],
])('nothing is shared with %s', (_what, other) => {
  const share = prepare();
  const event = { value: 2 };
  expect(share(args())(event)).not.toBe(share(other)(event));
  expect(executed).toBe(2);
});

test('variables within a fragment of the root, and in directives, tell subscribers apart', () => {
  const share = prepare();
  const conditional = parse('subscription ($with: Boolean!) { event { times @include(if: $with) } }');
  const [yes, no] = [true, false].map((value) =>
    share(args({ document: conditional, variableValues: { with: value } })),
  );
  const event = { value: 2 };
  expect(yes!(event)).toEqual({ data: { event: { times: 2 } } });
  expect(no!(event)).toEqual({ data: { event: {} } });
});

test('each event is executed by itself', () => {
  const toResult = prepare()(args());
  expect([{ value: 1 }, { value: 2 }].map(toResult)).toEqual(
    [1, 2].map((times) => ({ data: { event: { times } } })),
  );
});

test('a subscriber who leaves takes nothing from the others', () => {
  void prepare()(args())({ value: 1 });
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test('a result is given to others for a second, and then held no longer', async () => {
  const toResult = prepare()(args());
  const event = { value: 1 };
  const first = toResult(event);
  await time.advance(SHARED_MS - 1);
  expect(toResult(event)).toBe(first);
  await time.advance(1);
  expect(toResult(event)).not.toBe(first);
});

test('errors are masked', () => {
  const toResult = prepare()(args({ document: parse('subscription { event { broken } }') }));
  expect(toResult({ value: 1 })).toEqual({
    data: { event: { broken: null } },
    errors: [new GraphQLError('masked')],
  });
});
