// Subscribers over real sockets, in a process of their own: it does as little as it can with what it receives.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { adminKey } from './app.ts';
import { answerParent, cpuMs, sharedMs } from './child.ts';

/** How many subscribers there are, and over how many sockets. */
export interface Shape {
  readonly sockets: number;
  readonly operationsPerSocket: number;
  /** Of the sockets: those that are never read again once their subscriptions are asked for. */
  readonly deafSockets: number;
}

const openedAbreast = 100;
const patienceMs = 15_000;
/** How long a cycle's subscription lives that is meant to become live. */
const lifeMs = 20;
const document = `subscription {
  breakerTransitions { cursor providerSlug modelSlug actor from to mode reason generation at }
}`;

/** What those ask for who never read, so that it soon fills whatever the kernel holds for them. */
const bulky = `subscription {
  breakerTransitions { ${Array.from({ length: 100 }, (_, index) => `r${index}: reason`).join(' ')} }
}`;

const sockets: WebSocket[] = [];
let firstGeneration = 0;
let readers = 0;
let outOfOrder = 0;
/** When each subscriber was told, by transition in the order of their generations. */
const told: number[][] = [];
let onTold = () => {};

async function connect(url: string): Promise<{ readonly socket: WebSocket; readonly connection: Socket }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  const upgraded = once(socket, 'upgrade') as Promise<[IncomingMessage]>;
  const [[{ socket: connection }]] = await Promise.all([upgraded, once(socket, 'open')]);
  return { socket, connection };
}

async function greet(socket: WebSocket): Promise<void> {
  const greeted = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey: adminKey } }));
  await greeted;
}

function subscribe(socket: WebSocket, id: number, query = document): void {
  socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
}

interface Next {
  readonly id: string;
  readonly payload: { readonly data: { readonly breakerTransitions: { readonly generation: number } } };
}

/** Notes when each of its subscribers is told of what, and whether that was next. */
function listenTo(socket: WebSocket, operations: number): void {
  const next = new Array<number>(operations).fill(0);
  socket.on('message', (data: Buffer) => {
    const atMs = sharedMs();
    const { id, payload } = JSON.parse(data.toString('latin1')) as Next;
    const index = payload.data.breakerTransitions.generation - firstGeneration;
    if (index !== next[Number(id)]) outOfOrder += 1;
    next[Number(id)] = index + 1;
    const times = (told[index] ??= []);
    if (times.push(atMs) === readers) onTold();
  });
}

async function open(url: string, operations: number, isDeaf: boolean): Promise<void> {
  const { socket } = await connect(url);
  await greet(socket);
  sockets.push(socket);
  if (isDeaf) socket.pause();
  else listenTo(socket, operations);
  for (let id = 0; id < operations; id += 1) subscribe(socket, id, isDeaf ? bulky : document);
}

async function abreast(count: number, most: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const takeTurns = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: most }, takeTurns));
}

/** One client that comes and vanishes: before it is admitted, while its subscription starts, or while it is live. */
async function comeAndGo(url: string, index: number): Promise<void> {
  const { socket, connection } = await connect(url);
  // Being cut off is what it is here for.
  socket.on('error', () => {});
  const stage = index % 3;
  if (stage === 0) socket.send(JSON.stringify({ type: 'connection_init', payload: { apiKey: adminKey } }));
  else await greet(socket);
  subscribe(socket, 0);
  if (stage === 2) await delay(lifeMs);
  if (index % 2 === 0) connection.destroy();
  else connection.resetAndDestroy();
}

const offer = {
  cpuMs,
  /** Resolves when every subscription is asked for. `generation` is the breaker's before any transition. */
  async follow({ url, generation, shape }: { url: string; generation: number; shape: Shape }) {
    const { sockets: count, operationsPerSocket, deafSockets } = shape;
    firstGeneration = generation + 1;
    readers = (count - deafSockets) * operationsPerSocket;
    await abreast(count, openedAbreast, (index) => open(url, operationsPerSocket, index < deafSockets));
  },
  /** When each was told of this generation; waits for all that read, but not for ever. */
  async toldOf(generation: number): Promise<readonly number[]> {
    const index = generation - firstGeneration;
    const all = Promise.withResolvers<void>();
    onTold = all.resolve;
    if ((told[index]?.length ?? 0) < readers) await Promise.race([all.promise, delay(patienceMs)]);
    return told[index] ?? [];
  },
  /** Messages that were not the next one of their subscription: repeated, skipped or swapped. */
  outOfOrder: () => outOfOrder,
  leave() {
    for (const socket of sockets.splice(0)) socket.terminate();
  },
  /** Comes and goes so often. */
  churn: ({ url, cycles }: { url: string; cycles: number }) =>
    abreast(cycles, openedAbreast, (index) => comeAndGo(url, index)),
};

/** What the process can be asked for. */
export type FanoutClients = typeof offer;

const stack = new AsyncDisposableStack();
stack.defer(() => process.exit(0));
answerParent(offer, stack);
