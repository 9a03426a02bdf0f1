import type { SetAside } from '../audit/set-aside.service.ts';
import type { Spool } from '../audit/spool.ts';
import type { Config } from '../config/config.ts';
import type { Bus } from '../events/bus.ts';
import { createMemoryBus } from '../events/bus.memory.ts';
import { createRedisBus } from '../events/bus.redis.ts';
import type { Losses } from '../events/losses.service.ts';
import { openRedisLink, type RedisLink } from '../fleet/link.redis.ts';
import { createCallRoom, type CallRoom } from '../routing/carry/call-room.ts';
import type { Database } from '../storage/database.ts';
import { installationName } from '../storage/installation.store.ts';
import { nodeClock } from '../system/clock.node.ts';
import type { Clock } from '../system/clock.ts';
import { createPinoLog } from '../system/log.pino.ts';
import type { Log } from '../system/log.ts';
import { createNodeRandom } from '../system/random.node.ts';
import type { Random } from '../system/random.ts';
import type { ProcessLimits } from '../system/resources/process-limits.ts';
import { readProcessLimits } from '../system/resources/process-limits.node.ts';
import { createSockets, mostSockets, type Sockets } from '../system/resources/sockets.ts';
import { nodeTimers } from '../system/timers.node.ts';
import type { Timers } from '../system/timers.ts';

/** What takes the place of the real thing, or is known to the process alone; settled before anything is built. */
export interface Overrides {
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: Random;
  readonly log?: Log;
  /** What this process may have; what it has opened before the instance is not among it. */
  readonly processLimits?: ProcessLimits;
  /** Which of the workers that share a data directory this is, from 1; absent: the only one. */
  readonly worker?: number;
  /** Named to those who find the data directory in use. */
  readonly processId?: number;
  /** Shows the operator an admin key that is about to exist. Without it none is generated, because nobody would know it. */
  readonly showAdminKey?: (text: string) => void;
}

/** The outside world as everything below is given it. */
export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

/** What every capability stands on. What is made ends with the stack, the last first. */
export interface Ground extends World {
  readonly database: Database;
  readonly spool: Spool;
  readonly aside: SetAside;
  readonly link: RedisLink | null;
  readonly bus: Bus;
  readonly stack: AsyncDisposableStack;
  readonly sockets: Sockets;
  readonly room: CallRoom;
  /** Hears what the database lacks of what was known of it. */
  readonly losses: Losses;
}

/** The machine's own, where nothing takes its place. */
export function worldOf(config: Config, overrides: Overrides): World {
  const clock = overrides.clock ?? nodeClock;
  return {
    clock,
    timers: overrides.timers ?? nodeTimers,
    random: overrides.random ?? createNodeRandom(() => clock.now()),
    log: overrides.log ?? createPinoLog(config.log.level, false),
  };
}

/** What is between this instance and others; null: nothing is. */
export async function openLink(
  { secrets: { redisUrl: url }, redisPrefix: prefix }: Config,
  { prisma }: Database,
  world: World,
): Promise<RedisLink | null> {
  if (url === null) return null;
  return openRedisLink({ ...world, url, prefix, installation: await installationName(prisma) });
}

/** Where instances tell each other what has changed. */
export async function openBus(link: RedisLink | null, world: World): Promise<Bus> {
  return link === null ? createMemoryBus(world.log) : createRedisBus({ ...world, link });
}

/** What this process can carry, to be asked when everything is open that is no socket of a call. */
export function openRoom(clock: Clock, { processLimits }: Overrides): Pick<Ground, 'sockets' | 'room'> {
  const limits = processLimits ?? readProcessLimits();
  const sockets = createSockets(mostSockets(limits), clock);
  return { sockets, room: createCallRoom(sockets, limits.heapBytes) };
}
