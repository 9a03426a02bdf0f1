import { nodeClock } from '../../../src/system/clock.node.ts';
import { createSockets } from '../../../src/system/resources/sockets.ts';

/** Sockets of an instance that may hold any number. */
export const anyNumberOfSockets = () => createSockets(Infinity, nodeClock);
