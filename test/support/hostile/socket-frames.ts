import type { GraphQLSchema } from 'graphql';
import { createOperations, rootFields } from './operations.ts';
import type { Picker } from './picker.ts';
import { toText } from './transports.ts';
import { anyValue, oddTexts } from './values.ts';

/** What one client says over one socket. */
export interface FuzzedTalk {
  readonly headers: Readonly<Record<string, string>>;
  /** A text goes as one, and bytes as bytes. */
  readonly frames: readonly (string | Buffer)[];
}

const types = [
  'connection_init',
  'subscribe',
  'complete',
  'ping',
  'pong',
  'next',
  'error',
  'connection_ack',
  'start',
  'stop',
];

/** Draws what is said over sockets: operations on every root field, and what no client would say. */
export function createSocketFuzzer(schema: GraphQLSchema, picker: Picker, keys: readonly string[]) {
  const { operationOf } = createOperations(schema, picker);
  const roots = rootFields(schema);
  let turn = 0;

  const operation = () => {
    turn += 1;
    return operationOf(
      roots[turn % roots.length]!,
      { fields: 6, aliases: 2, depth: 3, aliasLength: 6 },
      { odd: picker.pick([0, 0.05, 0.3]) },
    );
  };
  const key = () => keys[Math.floor(turn / roots.length) % keys.length]!;
  const subscribe = (id: string) =>
    `{"id":${JSON.stringify(id)},"type":"subscribe","payload":${toText(operation())}}`;
  const odd = (): string | Buffer =>
    picker.pick<() => string | Buffer>([
      () => JSON.stringify(anyValue(picker)),
      () => JSON.stringify({ type: picker.pick(types), id: anyValue(picker), payload: anyValue(picker) }),
      () =>
        JSON.stringify({
          type: 'subscribe',
          id: picker.pick(oddTexts),
          payload: { query: anyValue(picker), variables: anyValue(picker), operationName: anyValue(picker) },
        }),
      () =>
        JSON.stringify({
          type: 'subscribe',
          id: '1',
          payload: { query: '{viewer{id}}', extensions: anyValue(picker) },
        }),
      () =>
        JSON.stringify({
          type: 'connection_init',
          payload: { authorization: anyValue(picker), apiKey: anyValue(picker) },
        }),
      () => JSON.stringify({ type: picker.pick(['ping', 'pong']), payload: anyValue(picker) }),
      () => subscribe('1').slice(0, picker.int(0, 200)),
      () => Buffer.from(subscribe('1')),
      () => Buffer.from([0xff, 0x00, 0xc3, 0x28]),
      () => '',
      () => '['.repeat(50_000),
      () => picker.pick(oddTexts),
    ])();

  return {
    next(): FuzzedTalk {
      const greets = picker.chance(0.85);
      const init = JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key()}` } });
      const frames = picker.times(picker.int(1, 4), (index) =>
        picker.chance(0.7) ? subscribe(picker.pick(['1', '1', String(index), '__proto__'])) : odd(),
      );
      const headers = picker.pick<Record<string, string>>([
        {},
        {},
        { authorization: `Bearer ${key()}` },
        { authorization: 'Bearer nobody' },
      ]);
      return { headers, frames: greets ? [init, ...frames] : frames };
    },
  };
}
