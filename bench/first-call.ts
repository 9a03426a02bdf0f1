// What the first call of an adapter costs more than its second: loading its package, making its models, and for Vertex
// its token. Run as `node bench/first-call.ts openai`, or with any other column of docs/providers.md. Processor time, the
// stand-in's included, is what to look at on a busy machine.
import { textBlock } from '../test/providers/conformance/said.ts';
import { openConformanceStage, serviceAccount } from '../test/providers/conformance/stage.ts';
import { subjects } from '../test/providers/conformance/subjects.ts';

// As in a server: what all adapters share is there, and the transport has been used.
await import('../src/app.ts');

const [column = 'openai'] = process.argv.slice(2);
await using stage = await openConformanceStage();
// An operator has its key already.
serviceAccount();

async function call(name: string): Promise<void> {
  const subject = subjects.find((each) => each.name === name);
  if (subject === undefined) throw new Error(`There is no column ${name}.`);
  const { result } = await (await stage.cell(subject)).whole({ blocks: [textBlock('Fine.')] });
  if (!result.ok) throw new Error('the call failed');
}

async function measure(which: string): Promise<void> {
  const from = { cpu: process.cpuUsage(), at: performance.now() };
  await call(column);
  const wallMs = performance.now() - from.at;
  const { user, system } = process.cpuUsage(from.cpu);
  console.log(
    `${column}, ${which} call: ${wallMs.toFixed(0)} ms, ${((user + system) / 1000).toFixed(0)} ms of processor time`,
  );
}

const shared = 'openai-compatible';
if (column !== shared) await call(shared);
await measure('first');
await measure('second');
