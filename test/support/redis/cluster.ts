import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { DEFAULT_PREFIX, keyspaceOf } from '../../../src/fleet/keyspace.ts';
import { createOwnRedis, type OwnRedis } from './own-redis.ts';
import { freePort } from '../run/services.ts';
import { until } from '../time/until.ts';

/** Three masters; what is on one that is killed is away until it comes back, unless it was given a replica. */
export interface RedisCluster extends AsyncDisposable {
  readonly url: string;
  /** The node that has Switchyard's slot, and the two that have not. */
  owner(): Promise<OwnRedis>;
  others(): Promise<readonly OwnRedis[]>;
  /** Gives Switchyard's slot and what is in it to another node; resolves when all of them know. */
  moveSlot(to: OwnRedis): Promise<void>;
  /** Starts a node that takes this one's place when it is killed. */
  addReplica(of: OwnRedis): Promise<void>;
  /** Resolves when every node says that the cluster is whole, or each living one that it is not. */
  whole(): Promise<void>;
  broken(): Promise<void>;
}

/** So long a node may be silent until the others take it for dead. */
const NODE_TIMEOUT_MS = 1000;

/** Where the nodes' shares of the 16384 slots begin and end. */
const shares = [
  [0, 5460],
  [5461, 10_922],
  [10_923, 16_383],
] as const;

/** Starts one of this test's own; its URL is one for TLS where the arguments for that are given. */
export async function createRedisCluster(tls: readonly string[] = []): Promise<RedisCluster> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-cluster-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const nodes: Node[] = [];
  for (const [index] of shares.entries()) nodes.push(await startNode(stack, directory, index, tls));
  const all = nodes.map(({ redis }) => redis);
  const [first] = nodes;

  for (const [index, { redis, meetAt }] of nodes.entries()) {
    const [from, to] = shares[index]!;
    await ask(redis, 'ADDSLOTSRANGE', String(from), String(to));
    if (index > 0) await ask(first!.redis, 'MEET', ...meetAt);
  }
  const infos = () => Promise.all(all.map((node) => ask(node, 'INFO').catch(() => null)));
  const whole = () =>
    until(async () =>
      (await infos()).every((info) => /cluster_state:ok[^]*cluster_known_nodes:3/.test(info ?? '')),
    );
  const broken = () =>
    until(async () => (await infos()).every((info) => info === null || info.includes('cluster_state:fail')));
  await whole();

  async function owner(): Promise<OwnRedis> {
    const anybody = (...command: readonly string[]) => Promise.any(all.map((node) => ask(node, ...command)));
    const slot = Number(await anybody('KEYSLOT', keyspaceOf(DEFAULT_PREFIX)));
    const line = (await anybody('NODES')).split('\n').find((text) => ownsSlot(text, slot));
    return all.find(({ port }) => line?.includes(`:${port}@`) === true)!;
  }

  const owned = stack.move();
  return {
    url: nodes.map(({ url }) => url).join(),
    owner,
    others: async () => {
      const owning = await owner();
      return all.filter((node) => node !== owning);
    },
    async moveSlot(to) {
      const slot = await ask(to, 'KEYSLOT', keyspaceOf(DEFAULT_PREFIX));
      const id = await ask(to, 'MYID');
      const from = await owner();
      await ask(to, 'SETSLOT', slot, 'IMPORTING', await ask(from, 'MYID'));
      await ask(from, 'SETSLOT', slot, 'MIGRATING', id);
      for (;;) {
        const keys = await ask(from, 'GETKEYSINSLOT', slot, '100');
        if (keys === '') break;
        await tell(
          from,
          'MIGRATE',
          '127.0.0.1',
          String(to.port),
          '',
          '0',
          '5000',
          'KEYS',
          ...keys.split(','),
        );
      }
      // The new owner first, as the manual of CLUSTER SETSLOT says.
      for (const node of [to, ...all.filter((other) => other !== to)])
        await ask(node, 'SETSLOT', slot, 'NODE', id);
      await until(async () => (await owner()) === to);
    },
    async addReplica(of) {
      const { redis, meetAt } = await startNode(owned, directory, nodes.length, tls);
      await ask(of, 'MEET', ...meetAt);
      const id = await ask(of, 'MYID');
      await until(async () => (await ask(redis, 'NODES')).includes(id));
      await ask(redis, 'REPLICATE', id);
      // It has the data, and those who would elect it have heard of it.
      await until(async () => (await replicasOf(of)) === 1);
      await until(async () => {
        const known = await Promise.all(all.map((node) => ask(node, 'NODES')));
        return known.every((text) => text.includes(`slave ${id}`));
      });
    },
    ...{ whole, broken },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Node {
  readonly redis: OwnRedis;
  /** What the others are told to MEET. */
  readonly meetAt: readonly string[];
  readonly url: string;
}

async function startNode(
  stack: AsyncDisposableStack,
  directory: string,
  index: number,
  tls: readonly string[],
): Promise<Node> {
  const busPort = await freePort();
  const tlsPort = await freePort();
  const args = nodeArguments(directory, index, busPort);
  if (tls.length > 0) args.push(...tls, '--tls-cluster', 'yes', '--tls-port', String(tlsPort));
  const redis = stack.use(await createOwnRedis({ args }));
  const [url, port] = tls.length > 0 ? [`rediss://localhost:${tlsPort}`, tlsPort] : [redis.url, redis.port];
  return { redis, url, meetAt: ['127.0.0.1', String(port), String(busPort)] };
}

function nodeArguments(directory: string, index: number, busPort: number): string[] {
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
    'cluster-config-file': `nodes-${index}.conf`,
    dir: directory,
    'repl-diskless-sync-delay': '0',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Whether this line of CLUSTER NODES is that of the slot's owner. */
function ownsSlot(line: string, slot: number): boolean {
  return line
    .split(' ')
    .slice(8)
    .map((range) => range.split('-').map(Number))
    .some(([from, to]) => from !== undefined && from <= slot && slot <= (to ?? from));
}

/** How many replicas have all of this node's data. */
async function replicasOf(node: OwnRedis): Promise<number> {
  const info = await tell(node, 'INFO', 'replication');
  return info.split('state=online').length - 1;
}

/** What one node answers to a CLUSTER command. */
function ask(node: OwnRedis, ...command: readonly string[]): Promise<string> {
  return tell(node, 'CLUSTER', ...command);
}

async function tell(node: OwnRedis, command: string, ...args: readonly string[]): Promise<string> {
  const client = new Redis({
    ...{ port: node.port, lazyConnect: true, retryStrategy: () => null },
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => {});
  try {
    return String(await client.call(command, ...args));
  } finally {
    client.disconnect();
  }
}
