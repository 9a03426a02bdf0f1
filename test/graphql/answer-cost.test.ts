import { buildSchema, execute, getIntrospectionQuery, GraphQLError, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { answerLimits, checkAnswerCost } from '../../src/graphql/answer-cost.ts';
import { createNumbers } from '../support/seeded-numbers.ts';
import { nestFragments } from '../server/nested-fragments.ts';

/** Why a document is refused; undefined when it is not. */
function refusalOf(query: string, judged = schema): string | undefined {
  try {
    checkAnswerCost(judged, parse(query));
    return undefined;
  } catch (error) {
    if (error instanceof GraphQLError) return error.message;
    throw error;
  }
}

const boundOf = (query: string) => answerLimits.bytes + answerLimits.bytesPerCharacter * query.length;

test('the introspection of usual clients is admitted, with everything that it can ask for', () => {
  const query = getIntrospectionQuery({
    ...{ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
    ...{ inputValueDeprecation: true, oneOf: true },
  });
  expect(refusalOf(query)).toBeUndefined();
});

test.each([
  ['fragments that repeat each other', nestFragments({ levels: 3, aliases: 20 })],
  ['more of them than any number holds', nestFragments({ levels: 30, aliases: 20 })],
  ['possible types', nestFragments({ levels: 4, aliases: 20, way: 'interfaces{possibleTypes' })],
  ['long names', nestFragments({ levels: 2, aliases: 2, leaf: `${'x'.repeat(9_000)}:name` })],
  ['the largest type, whose name is not known yet', `query($n:String!){${repeatType('$n')}`],
  [
    'the largest type of another kind',
    `query($n:String!){${repeat(40, '__type(name:$n){...A}')}} fragment A on __Type{${repeat(20, 'inputFields{description}')}}`,
  ],
  ['a type by its name', `{${repeatType('"Query"')}`],
  [
    'names in pages of lists',
    `query($n:Int){routingDecisions(first:$n){nodes{${repeat(40, 'attempts{...A}')}}}} fragment A on Attempt{${'x'.repeat(6_000)}:message}`,
  ],
])('a small document of a large answer is refused, with its limit and cost: %s', (_name, query) => {
  expect(refusalOf(query)).toMatch(/costs \d+ bytes of answer or more, of \d+ at most|steps to judge/);
});

test('fragments that nest an answer deeply are refused, wherever they were met first', () => {
  const selves = buildSchema('type Query { self: Query, name: String }');
  const nest = (levels: number, inner: string) => `${'self{'.repeat(levels)}${inner}${'}'.repeat(levels)}`;
  const query = (levels: number) =>
    `{...A ${nest(levels, '...A')}} fragment A on Query{${nest(levels, 'name')}}`;
  expect(refusalOf(query(20), selves)).toBeUndefined();
  expect(refusalOf(query(21), selves)).toMatch(/nests more than 40 objects/);
});

test('a document that is not valid is judged without harm', () => {
  for (const query of [
    '{__schema{...A}} fragment A on __Schema{...B} fragment B on __Schema{...A}',
    '{nothing{at{all}} ...Missing __schema{types{...on Query{viewer{roles}} ...on __Field{name}}}}',
    '{__schema viewer __type{name}}',
    'subscription{__schema{types{name}}}',
  ]) {
    expect(refusalOf(query)).toBeUndefined();
  }
});

test('whatever is admitted is answered within its bound, whichever fragments and aliases multiply (seed 12)', async () => {
  const random = createNumbers(12);
  const pick = <T>(...options: readonly T[]): T => options[Math.floor(random() * options.length)] as T;
  const ways = [
    'fields{type',
    'fields{args{type',
    'ofType',
    'possibleTypes',
    'interfaces',
    'inputFields{type',
  ];
  let admitted = 0;
  let refused = 0;
  for (let round = 0; round < 60; round += 1) {
    const query = nestFragments({
      levels: pick(1, 2, 3),
      aliases: pick(1, 2, 3, 6, 20),
      way: pick(...ways),
      leaf: pick(
        'name',
        'name description',
        '__typename',
        `${'y'.repeat(300)}:kind`,
        'enumValues{description}',
      ),
    });
    const document = parse(query);
    // GraphQL's own rules let lists of introspection nest three times.
    if (refusalOf(query) !== undefined || validate(schema, document).length > 0) {
      refused += 1;
      continue;
    }
    admitted += 1;
    const answer = JSON.stringify(await execute({ schema, document }));
    expect(answer.length, query).toBeLessThanOrEqual(boundOf(query));
  }
  expect(Math.min(admitted, refused)).toBeGreaterThan(5);
}, 60_000);

function repeat(count: number, selection: string): string {
  return Array.from({ length: count }, (_, index) => `b${index}:${selection}`).join(' ');
}

function repeatType(name: string): string {
  const within = repeat(20, 'fields{description args{description}}');
  return `${repeat(40, `__type(name:${name}){...A}`)}} fragment A on __Type{${within}}`;
}
