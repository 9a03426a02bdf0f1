// Loaded into a server's process by `--import`: answers on a port of its own, which it prints, how long the longest turn
// of the event loop has been since it was asked last, and what is in memory after all garbage is gone.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often the loop is looked at. */
const BEAT_MS = 5;

// The thread's own time, not the clock's: a machine that is busy with something else stops a clock for nobody.
let last = process.threadCpuUsage();
let longestMs = 0;
function beat(): void {
  const now = process.threadCpuUsage();
  longestMs = Math.max(longestMs, (now.user + now.system - last.user - last.system) / 1000);
  last = now;
}
setInterval(beat, BEAT_MS).unref();

createServer({ keepAliveTimeout: 0 }, (request, response) => {
  beat();
  const longestTurnMs = longestMs;
  if (request.url === '/collect') for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  response.end(JSON.stringify({ longestTurnMs, usedBytes: heapUsed + external + arrayBuffers }));
  // What it took to look is not the server's doing.
  last = process.threadCpuUsage();
  longestMs = 0;
})
  .listen(0, '127.0.0.1', function (this: { address(): unknown }) {
    process.stdout.write(`measured at http://127.0.0.1:${(this.address() as AddressInfo).port}\n`);
  })
  .unref();
