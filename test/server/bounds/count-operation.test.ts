import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { countOperation } from '../../../src/server/bounds/count-operation.ts';

function counted(query: string, operationName: string | null = null, requestSize = query.length) {
  const taken: Record<string, number> = {};
  const add = (kind: string, _name: string, count = 1) => void (taken[kind] = (taken[kind] ?? 0) + count);
  const rates = {
    take: add,
    owe: add,
    waitMs: () => 0,
  };
  const contextValue = { viewer: { tenantId: 't', keyId: 'k', roles: [] }, address: 'a', requestSize };
  countOperation({ rates }, { document: parse(query), operationName, contextValue });
  return taken;
}

test.each([
  ['a routed call is none of them', 'mutation { route { a } b: vote { a } }', {}],
  ['a query is one, however many fields it has', '{ a b c }', { requestsPerKey: 1, requestsPerAddress: 1 }],
  [
    'a change is one, each beside routed calls',
    'mutation { a: issue { x } ...F ...F route { x } ... { c: issue { x } } } fragment F on Mutation { b: issue { x } ...F }',
    { requestsPerKey: 1, requestsPerAddress: 1, mutationsPerKey: 3 },
  ],
])('%s', (_name, query, taken) => expect(counted(query)).toEqual(taken));

test('of a document with several operations the one that is asked for is counted', () => {
  const query = 'query A { a } mutation B { route { x } }';
  expect(counted(query, 'B')).toEqual({});
  expect(counted(query, 'A')).toEqual({ requestsPerKey: 1, requestsPerAddress: 1 });
});

test('a request of megabytes counts for as many as take as long to read', () => {
  expect(counted('{ a }', null, 19_999)).toEqual({ requestsPerKey: 1, requestsPerAddress: 1 });
  expect(counted('{ a }', null, 10_000_000)).toEqual({ requestsPerKey: 501, requestsPerAddress: 501 });
  expect(counted('mutation { route { a } }', null, 10_000_000)).toEqual({});
});
