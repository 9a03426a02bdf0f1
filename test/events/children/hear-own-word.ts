import { createNodeRandom } from '../../../src/system/random.node.ts';
import { createRedisBus } from '../../../src/events/bus.redis.ts';
import { nodeTimers } from '../../../src/system/timers.node.ts';
import { createKeptLog } from '../../support/logs/kept-log.ts';

// Prints what one instance hears of another over the Redis of its first argument, or why it does not reach it.
const log = createKeptLog();
const options = { url: process.argv[2] ?? '', timers: nodeTimers, random: createNodeRandom(() => 0), log };
using near = await createRedisBus(options);
using far = await createRedisBus(options);
const heard = Promise.withResolvers<string>();
await far.subscribe('keys', ({ key }) => heard.resolve(key));
if (far.healthy()) near.publish({ topic: 'keys', key: 'word', seq: 1 });
console.log(far.healthy() ? `heard ${await heard.promise}` : log.fields.join('\n'));
