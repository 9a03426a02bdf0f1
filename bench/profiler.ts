// Loaded before a server that is to be profiled (`--import`): its parent starts and stops the profile by messages.
import { Session } from 'node:inspector/promises';

/** What the parent asks for. */
export type ProfilerOrder = 'start' | 'stop';

/** Microseconds between two samples. */
const INTERVAL_US = 200;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });

async function obey(order: ProfilerOrder): Promise<unknown> {
  if (order === 'start') return session.post('Profiler.start');
  return (await session.post('Profiler.stop')).profile;
}

process.on('message', (order: ProfilerOrder) => void obey(order).then((told) => process.send?.(told)));
// Whoever listens to its parent must not live for that alone.
process.channel?.unref();
