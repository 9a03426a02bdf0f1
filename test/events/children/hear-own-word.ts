import { createKeptLog } from '../../support/logs/kept-log.ts';
import { openRedisBus } from '../buses.ts';

// Prints what one instance hears of another over the Redis of its first argument, or why it does not reach it.
const log = createKeptLog();
const url = process.argv[2] ?? '';
using near = await openRedisBus(url, log);
using far = await openRedisBus(url, log);
const heard = Promise.withResolvers<string>();
await far.subscribe('keys', ({ key }) => heard.resolve(key));
if (far.healthy()) near.publish({ topic: 'keys', key: 'word', seq: 1 });
console.log(far.healthy() ? `heard ${await heard.promise}` : log.fields.join('\n'));
