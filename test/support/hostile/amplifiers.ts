import { OperationTypeNode, type GraphQLSchema } from 'graphql';
import { createOperations, rootFields, type HostileOperation } from './operations.ts';
import type { Picker } from './picker.ts';
import { anyValue } from './values.ts';

const MEGABYTE = 2 ** 20;

/** A message, and a tool, as calls have them. */
const hello = { role: 'USER', content: 'Hello.' };
const toolOf = (parameters: unknown, name = 'tool') => ({ name, parameters });

/** Draws requests whose answers, or the work for them, might be far larger than they are themselves. */
export function createAmplifiers(schema: GraphQLSchema, picker: Picker) {
  const { operationOf } = createOperations(schema, picker);
  const roots = rootFields(schema);
  const reads = roots.filter(({ operation }) => operation === OperationTypeNode.QUERY);
  const planning = ['previewRoute', 'voters'] as const;

  /** Fragments that spread each other under many aliases, over the schema itself. */
  function introspection(): HostileOperation {
    const ways = [
      'fields{type',
      'possibleTypes',
      'fields{args{type',
      'inputFields{type',
      'ofType',
      'interfaces',
    ];
    const leaves = [
      'name',
      'name description',
      'kind fields{name description args{name description}}',
      'enumValues{name}',
    ];
    const levels = picker.int(1, 4);
    const fragments = picker.times(levels, (level) => {
      const way = picker.pick(ways);
      const ends = '}'.repeat(way.split('{').length);
      const repeated = picker.times(picker.int(1, 25), (alias) => `a${alias}:${way}{...F${level + 1}${ends}`);
      return `fragment F${level} on __Type{${repeated.join(' ')}}`;
    });
    const root = picker.pick([
      '__schema{types{...F0}}',
      '__type(name:"Query"){...F0}',
      '__schema{queryType{...F0}}',
    ]);
    const roots = picker.times(picker.int(1, 5), (index) => `r${index}:${root}`);
    const last = `fragment F${levels} on __Type{${picker.pick(leaves)}}`;
    return { kind: 'introspection', query: `{${roots.join(' ')}} ${fragments.join(' ')} ${last}` };
  }

  /** Whatever can be read, under many aliases, through unions and connections. */
  function reading(): HostileOperation {
    const greed = {
      fields: picker.int(1, 12),
      aliases: picker.pick([1, 3, 20, 60]),
      depth: picker.int(1, 5),
      aliasLength: picker.pick([6, 6, 40, 200]),
    };
    const field = picker.pick(reads);
    return operationOf(field, greed, { odd: 0.02, rootAliases: picker.pick([1, 1, 5, 50]) });
  }

  /** Many variables, each of which cannot be what it says that it is. */
  function invalidVariables(): HostileOperation {
    const types = [
      'Int!',
      '[Int!]!',
      'RouteInput!',
      '[RouteInput!]',
      'DateTime',
      'ID',
      'JSON',
      'UpsertModelInput!',
    ];
    const names = picker.times(picker.pick([1, 20, 300]), (index) => `v${index}`);
    const text = 'v'.repeat(picker.pick([10, 1_000, 30_000]));
    const wrong = () =>
      picker.pick<unknown>([
        text,
        [text, text],
        { [text]: text },
        { messages: [{ content: text, role: text }] },
        anyValue(picker),
      ]);
    return {
      kind: 'invalid variables',
      query: `query(${names.map((name) => `$${name}:${picker.pick(types)}`).join(' ')}){viewer{id}}`,
      variables: Object.fromEntries(names.map((name) => [name, wrong()])),
    };
  }

  /** Documents that are not valid, in as many places as fit. */
  function invalidDocument(): HostileOperation {
    const count = picker.pick([10, 100, 900]);
    const name = (index: number) => `nothing${index}`.padEnd(picker.pick([8, 60, 2_000]), 'z');
    const list = (each: (index: number) => string) => picker.times(count, each).join(' ');
    const query = picker.pick<() => string>([
      () => `{${list((index) => `viewer{${name(index)}}`)}}`,
      () => `{${list((index) => name(index))}}`,
      () => `{${list((index) => `...${name(index)}`)}}`,
      () =>
        `{${list(() => 'same:viewer{roles}')} ${list((index) => `same:models(first:${index}){nodes{key}}`)}}`,
      () => `{viewer{${list((index) => `x:${index % 2 === 0 ? 'id' : 'roles'}`)}}}`,
      () => `{viewer${list(() => '@include(if:true)')}{id}}`,
      () => `{viewer${list((index) => `@d${index}`)}{id}}`,
      () =>
        `{...A} ${list((index) => `fragment F${index} on Query{...F${(index + 1) % count} viewer{id}}`)} fragment A on Query{...F0}`,
      () => `{${list((index) => `...on ${name(index)}{id}`)}}`,
      () => `query(${list((index) => `$a${index}:${name(0)}`)}){viewer{id}}`,
      () => `{models(${list((index) => `a${index}:1`)}){nodes{key}}}`,
      () => `{previewRoute(input:{${list((index) => `f${index}:1`)}}){__typename}}`,
      () => `{previewRoute(input:{messages:[${list(() => '{role:NOBODY content:1}')}]}){__typename}}`,
      () => '{'.repeat(count) + 'x' + '}'.repeat(count),
      () => `{viewer{${'a{'.repeat(150)}${'}'.repeat(150)}}}`,
      () => `#${'x'.repeat(count * 100)}\n{`,
      () => `{viewer(a:"${'\\u00e9'.repeat(count)}"){id}}`,
      () => nestedConflicts(Math.min(count, 30)),
    ])();
    return { kind: 'invalid document', query };
  }

  /** Megabytes, in as many forms as there are. */
  function large(): HostileOperation {
    const bytes = picker.pick([1, 4, 9.5]) * MEGABYTE;
    const text = 'x'.repeat(bytes);
    const many = (each: number) => Math.floor(bytes / each);
    const keys = (count: number) =>
      Object.fromEntries(picker.times(count, (index) => [`key${index}`, { type: 'string' }]));
    const inputs: readonly (() => unknown)[] = [
      () => ({ messages: [{ ...hello, content: text }] }),
      () => ({ messages: picker.times(many(40), () => hello) }),
      () => ({ messages: [{ role: 'USER', parts: picker.times(many(20), () => ({ text: 'x' })) }] }),
      () => ({ messages: [hello], tools: [toolOf({ type: 'object', properties: keys(many(40)) })] }),
      () => ({
        messages: [hello],
        tools: picker.times(many(60), (index) => toolOf({ type: 'object' }, `t${index}`)),
      }),
      () => ({ messages: [hello], tools: [toolOf({ type: 'object', description: text })] }),
      () => ({ messages: [hello], models: picker.times(many(20), () => 'simulated/steady') }),
      () => ({ messages: [hello], models: picker.times(many(20), (index) => `nobody/model${index}`) }),
      () => ({
        messages: [hello],
        policy: { deniedModels: picker.times(many(20), (index) => `a/b${index}`) },
      }),
      () => ({ messages: [hello], stop: picker.times(many(20), () => 'stop'), workflowId: text }),
      () => ({ messages: [hello], idempotencyKey: text, taskType: text }),
      () => ({ messages: [{ role: 'USER', parts: [{ image: { base64: text, mediaType: 'image/png' } }] }] }),
      () => ({
        messages: [hello],
        responseFormat: { type: 'JSON_SCHEMA', name: 'x', schema: keys(many(40)) },
      }),
    ];
    const field = picker.pick(planning);
    const aliases = picker.pick([1, 1, 20, 190]);
    return picker.pick<() => HostileOperation>([
      ...picker.times(6, () => () => ({
        kind: `large input × ${aliases}`,
        query: `query($input:RouteInput!){${picker
          .times(
            aliases,
            (index) =>
              `a${index}:${field}(input:$input){__typename ...on InvalidInput{issues{path message}}}`,
          )
          .join(' ')}}`,
        variables: { input: picker.pick(inputs)() as object },
      })),
      () => ({
        kind: 'large literal',
        query: `{previewRoute(input:{messages:[{role:USER content:"${text}"}]}){__typename}}`,
      }),
      () => ({
        kind: 'large block string',
        query: `{tenant(slug:"""${text.replaceAll('xx', '\n ')}"""){id}}`,
      }),
      () => ({ kind: 'large comment', query: `#${text}\n{viewer{id}}` }),
      () => ({ kind: 'large name', query: `{${text}}` }),
      () => ({ kind: 'large operation name', query: '{viewer{id}}', operationName: text }),
      () => ({
        kind: 'large unused variables',
        query: '{viewer{id}}',
        variables: { unused: picker.times(many(4), () => 1) },
      }),
      () => ({
        kind: 'large JSON',
        query: 'query($a:JSON){viewer{id}}',
        variablesText: `{"a":${nested(many(3))}}`,
      }),
      () => ({
        kind: 'large nested schema',
        query: 'query($i:RouteInput!){previewRoute(input:$i){__typename}}',
        variablesText: `{"i":{"messages":[{"role":"USER","content":"x"}],"tools":[{"name":"t","parameters":{"a":${nested(many(3))}}}]}}`,
      }),
      () => ({ kind: 'large id', query: 'query($a:ID!){node(id:$a){id}}', variables: { a: text } }),
      () => ({
        kind: 'large cursor',
        query: 'query($a:String){models(after:$a){nodes{key}} routingDecisions(after:$a){headCursor}}',
        variables: { a: text },
      }),
      () => ({
        kind: 'large lists of the wrong type',
        query: 'query($a:[Int!]!$b:[BreakerState!]){viewer{id}}',
        variables: {
          a: picker.times(many(10), () => text.slice(0, 5)),
          b: picker.times(many(10), () => 'x'),
        },
      }),
    ])();
  }

  return {
    /** One of the many that are cheap to send. */
    next(): HostileOperation {
      return picker.pick([introspection, reading, reading, reading, invalidVariables, invalidDocument])();
    },
    large,
  };
}

/** Lists within lists, as text: to write what is deeper takes more stack than there is. */
function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

/** Fields that may or may not be merged, which is found out by comparing each with each, level after level. */
function nestedConflicts(levels: number): string {
  const fragments = Array.from(
    { length: levels },
    (_, level) =>
      `fragment C${level} on Tenant{apiKeys{tenant{...C${level + 1} ...C${level + 1}}} x:slug x:name}`,
  );
  return `{viewer{tenant{...C0}}} ${fragments.join(' ')} fragment C${levels} on Tenant{x:id}`;
}
