import { setImmediate } from 'node:timers/promises';
import {
  buildSchema,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLObjectType,
} from 'graphql';
import { createYoga } from 'graphql-yoga';
import { expect, test } from 'vitest';
import { preparedOperation } from '../../../src/graphql/execution/prepared-operation.ts';
import { schema as own } from '../../../src/graphql/schema.ts';
import { toClientError } from '../../../src/server/client-error.ts';
import { createNumbers } from '../../support/seeded-numbers.ts';
import { createDocuments, type Drawn } from './draw-document.ts';
import { drawnSchema, type Heard } from './drawn-answers.ts';

const schema = drawnSchema();
/** The executor that knows all of GraphQL. */
const { execute } = createYoga({ schema, maskedErrors: false, logging: false }).getEnveloped({});
const silent = { error() {}, warn() {}, info() {}, debug() {} };

function argsOf(document: DocumentNode, { variables }: Drawn, seed: number) {
  const heard: Heard = { seed, calls: new Map() };
  return { schema, document, contextValue: heard, variableValues: variables };
}

/** What a client is told, and what resolvers were asked. */
async function told(
  { contextValue }: { readonly contextValue: Heard },
  answer: ExecutionResult | Promise<ExecutionResult>,
) {
  const { data, errors = [] } = await answer;
  // What is noted after an answer is complete belongs to it until it is sent.
  await setImmediate();
  const shown = errors.map((error) => toClientError(error, silent as never).toJSON());
  return {
    data: JSON.stringify(data),
    errors: shown.map((error) => JSON.stringify(error)).toSorted(),
    calls: [...contextValue.calls].map((call) => JSON.stringify(call)).toSorted(),
  };
}

test('prepared operations answer as the executor that knows all of GraphQL (seed 161)', async () => {
  const drawDocument = createDocuments(schema, createNumbers(161));
  const counts = { sound: 0, faulty: 0, bad: 0, other: 0, invalid: 0 };
  for (let round = 0; round < 1_500; round += 1) {
    const drawn = drawDocument();
    const document = parse(drawn.query);
    if (validate(schema, document).length > 0) {
      counts.invalid += 1;
      continue;
    }
    const args = argsOf(document, drawn, round);
    const operation = preparedOperation(args);
    if (operation === undefined) {
      counts.other += 1;
      continue;
    }
    const variables = operation.readVariables(drawn.variables);
    const longArgs = argsOf(document, drawn, round);
    const long = await told(longArgs, execute(longArgs) as Promise<ExecutionResult>);
    const description = `${round}: ${drawn.query}\n${JSON.stringify(drawn.variables)}`;
    if (variables === undefined) {
      counts.bad += 1;
      expect([long.data, long.calls], description).toEqual([undefined, []]);
      continue;
    }
    const short = await told(args, operation.execute(args.contextValue as never, variables));
    expect(short, description).toEqual(long);
    counts[long.errors.length === 0 ? 'sound' : 'faulty'] += 1;
  }
  // Each kind is met often enough to say something.
  expect(Math.min(counts.sound, counts.faulty, counts.bad, counts.other)).toBeGreaterThan(50);
}, 120_000);

const plain = {
  'a mutation':
    'mutation ($i: RouteInput!) { route(input: $i) { ... on RouteSuccess { completion { text } } } }',
  'lists of what was just done':
    'mutation ($i: RouteInput!) { route(input: $i) { ... on RouteSuccess { decision { attempts { status } } } } }',
  'several of them':
    'mutation ($i: RouteInput!) { a: route(input: $i) { ...A } route(input: $i) { ...A } } fragment A on Error { code }',
};
const others = {
  'a subscription': 'subscription { policyChanged { __typename } }',
  'a query, which takes its turn': '{ viewer { roles } }',
  directives:
    'mutation ($i: RouteInput!, $no: Boolean!) { route(input: $i) { ... on Error { code @skip(if: $no) } } }',
  'rows that a mutation leads to':
    'mutation ($i: CreateTenantInput!) { createTenant(input: $i) { ... on CreateTenantPayload { tenant { apiKeys { id } } } } }',
  'the name of no field': 'mutation ($i: RouteInput!) { __proto__: route(input: $i) { __typename } }',
  'hundreds of fields': `mutation { ${Array.from({ length: 300 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
};

test.each([
  ...Object.entries(plain).map(([name, query]) => [name, query, true] as const),
  ...Object.entries(others).map(([name, query]) => [name, query, false] as const),
])('a plan is made for what is usual alone: %s', (_name, query, isPrepared) => {
  const document = parse(query);
  expect(validate(own, document)).toEqual([]);
  expect(preparedOperation({ schema: own, document }) !== undefined).toBe(isPrepared);
});

test('a list of which one item fails at once leaves no rejection of another unhandled', async () => {
  const schema = buildSchema(
    'type Query { ok: Int } type Mutation { list: List } type List { items: [Item!]! } type Item { value: Int! }',
  );
  const { Mutation, List, Item } = schema.getTypeMap() as Record<string, GraphQLObjectType>;
  Mutation!.getFields()['list']!.resolve = () => ({});
  List!.getFields()['items']!.resolve = () => [Promise.resolve(1), 2];
  Item!.getFields()['value']!.resolve = (item) => {
    throw new Error(`item ${String(item)}`);
  };
  const operation = preparedOperation({ schema, document: parse('mutation { list { items { value } } }') });
  const { data, errors } = await operation!.execute({} as never, {});
  await setImmediate();
  expect(data).toEqual({ list: null });
  expect(errors?.map(({ message }) => message)).toEqual(['item 2']);
});
