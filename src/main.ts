// The process: the only reader of its environment, arguments and signals.
const oldestMajor = 24;
if (Number(process.versions.node.split('.', 1)[0]) < oldestMajor) {
  process.stderr.write(`Switchyard needs Node ${oldestMajor} or newer; this is ${process.version}.\n`);
  process.exit(1);
}

const { run } = await import('./cli/run.ts');
process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  id: process.pid,
  isTerminal: process.stdout.isTTY,
  stopped: new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  }),
});
