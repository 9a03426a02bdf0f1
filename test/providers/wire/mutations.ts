import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { chunk, type WireRequest } from '../../support/providers/wire-provider.ts';
import { eventStream } from './answers.ts';

/** Events, or one whole answer, as a provider says them. */
export type Said = readonly (object | string)[];

/** Values that a field may have against all documents; those that JSON has no way to say are put in as they are. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, '', 'x', 0, -1, 12.5, 1e18, 2 ** 53 + 2, [], {}, [{}], {
    type: 'hologram',
  }),
  fc.constantFrom('__1e400__', '__NaN__', '__-Infinity__', '__18446744073709551616__'),
  fc.string(),
  fc.jsonValue(),
);

const mutation = fc.record({
  kind: fc.constantFrom('replace', 'delete', 'add', 'wrap', 'repeat'),
  at: fc.nat(10_000),
  value: odd,
});

/** Something done to JSON at some place in it. */
export type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

/** So many of them, at most. */
export function mutations(most: number): fc.Arbitrary<Mutation[]> {
  return fc.array(mutation, { minLength: 1, maxLength: most });
}

/** JSON with that done to it. */
export function mutate(said: Said, all: readonly Mutation[]): Said {
  const copy = structuredClone(said) as unknown[];
  for (const { kind, at, value } of all) {
    const places = placesIn(copy);
    const place = places[at % places.length];
    if (place === undefined) continue;
    const { owner, key } = place;
    if (kind === 'add') addTo(owner, value);
    else if (kind === 'delete') removeFrom(owner, key);
    else if (kind === 'repeat' && Array.isArray(owner)) owner.push(structuredClone(owner[Number(key)]));
    else owner[key as never] = (kind === 'wrap' ? [owner[key as never]] : structuredClone(value)) as never;
  }
  return copy.filter((event) => event !== undefined) as Said;
}

/** JSON with something added within it that nobody knows, and an event that nobody knows in between. */
export function enrich(said: Said, all: readonly Mutation[]): Said {
  const copy = structuredClone(said) as unknown[];
  for (const { at, value } of all) {
    const owners = [...new Set(placesIn(copy).map(({ owner }) => owner))].filter((owner) => owner !== copy);
    const owner = owners[at % owners.length];
    if (owner !== undefined) addTo(owner, structuredClone(value));
    const unknown = { type: `hologram_${at}`, data: structuredClone(value) };
    if (copy.length > 1) copy.splice(1 + (at % (copy.length - 1)), 0, unknown);
  }
  return copy as Said;
}

interface Place {
  readonly owner: unknown[] | Record<string, unknown>;
  readonly key: string;
}

function placesIn(root: unknown[]): readonly Place[] {
  const places: Place[] = [];
  const visit = (owner: unknown): void => {
    if (typeof owner !== 'object' || owner === null) return;
    for (const [key, value] of Object.entries(owner)) {
      places.push({ owner: owner as Place['owner'], key });
      visit(value);
    }
  };
  visit(root);
  return places;
}

function addTo(owner: Place['owner'], value: unknown): void {
  if (Array.isArray(owner)) owner.push(value);
  else owner['hologram'] = value;
}

function removeFrom(owner: Place['owner'], key: string): void {
  if (Array.isArray(owner)) owner.splice(Number(key), 1);
  else Reflect.deleteProperty(owner, key);
}

/** JSON text, with the numbers in it that JSON cannot hold. */
export function textOf(value: object | string): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll(/"__(1e400|NaN|-Infinity|18446744073709551616)__"/g, '$1');
}

/** A stream's text. */
export function streamOf(said: Said, newline: string): string {
  return eventStream(said.map(textOf), newline);
}

const coders = {
  identity: (bytes: Buffer) => bytes,
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
} satisfies Record<string, (bytes: Buffer) => Buffer>;

/** How bytes travel, none of which may change what they say. */
export const travels = fc.record({
  newline: fc.constantFrom('\n', '\r\n'),
  interims: fc.array(
    fc.constantFrom('100 Continue\r\n', '102 Processing\r\n', '103 Early Hints\r\nlink: </x>\r\n'),
    { maxLength: 3 },
  ),
  coding: fc.constantFrom('identity', 'identity', ...(Object.keys(coders) as (keyof typeof coders)[])),
  /** Where it is cut into pieces, in thousandths of its length. */
  cuts: fc.array(fc.nat(1000), { maxLength: 12 }),
  isChunked: fc.boolean(),
  /** Whether every piece is a packet of its own. */
  isSlow: fc.boolean(),
});

export type Travel = typeof travels extends fc.Arbitrary<infer Value> ? Value : never;

/** How a connection behaves once the bytes are out: in order, or not. */
export type Leaving = 'keeps' | 'closes' | 'resets' | 'halves';

/** Sends a body of this text. `halves` breaks off after as many thousandths of it. */
export function send(
  { socket }: WireRequest,
  text: string,
  travel: Travel,
  { leaving, after }: { readonly leaving: Leaving; readonly after: number },
): void {
  const body = coders[travel.coding](Buffer.from(text));
  const coded = travel.coding === 'identity' ? '' : `content-encoding: ${travel.coding}\r\n`;
  const length = travel.isChunked ? 'transfer-encoding: chunked\r\n' : `content-length: ${body.length}\r\n`;
  const interims = travel.interims.map((interim) => `HTTP/1.1 ${interim}\r\n`).join('');
  const head = `${interims}HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${length}${coded}\r\n`;
  const told = leaving === 'halves' ? body.subarray(0, Math.floor((body.length * after) / 1000)) : body;
  const pieces = piecesOf(told, travel.cuts).map((piece) => (travel.isChunked ? chunk(piece) : piece));
  if (travel.isChunked && leaving === 'keeps') pieces.push(chunk(''));
  const all = travel.isSlow
    ? [Buffer.from(head), ...pieces]
    : [Buffer.concat([Buffer.from(head), ...pieces])];
  const next = (index: number): void => {
    const piece = all[index];
    if (piece !== undefined) socket.write(piece, () => setImmediate(next, index + 1));
    else if (leaving === 'resets') setTimeout(() => socket.resetAndDestroy(), 5);
    else if (leaving !== 'keeps') socket.end();
  };
  next(0);
}

function piecesOf(body: Buffer, cuts: readonly number[]): Buffer[] {
  const inner = cuts.map((cut) => Math.floor((body.length * cut) / 1000)).sort((a, b) => a - b);
  const edges = [...new Set([0, ...inner, body.length])];
  return edges.slice(1).map((edge, index) => body.subarray(edges[index], edge));
}
