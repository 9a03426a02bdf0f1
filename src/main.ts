// The process: the only reader of its environment, arguments and signals.
const OLDEST_MAJOR = 24;
if (Number(process.versions.node.split('.', 1)[0]) < OLDEST_MAJOR) {
  process.stderr.write(`Switchyard needs Node ${OLDEST_MAJOR} or newer; this is ${process.version}.\n`);
  process.exit(1);
}

const { run } = await import('./cli/run.ts');
const { nodeClock } = await import('./system/clock.node.ts');

/** Ctrl-C reaches a process that npm has started twice: from the terminal and from npm. */
const TOGETHER_MS = 500;

const stopped = Promise.withResolvers<string>();
let firstMs: number | undefined;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    firstMs ??= nodeClock.monotonicMs();
    // Who asks again does not want to wait for what is under way.
    if (nodeClock.monotonicMs() - firstMs > TOGETHER_MS) process.exit(1);
    stopped.resolve(signal);
  });
}
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  id: process.pid,
  isTerminal: process.stdout.isTTY,
  stopped: stopped.promise,
  exit: process.exit,
});
