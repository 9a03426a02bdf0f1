// What the first call of an adapter costs more than its second: loading its package, making its models. Run as
// `node bench/first-call.ts openai`. Processor time, the stand-in's included, is what to look at on a busy machine.
import { createTestFactory, nobodyLeaves, question } from '../test/support/providers/provider-calls.ts';
import { dialectAnswers } from '../test/support/providers/dialect-answers.ts';
import { startScriptedProvider } from '../test/support/providers/scripted-provider.ts';

// As in a server: what all adapters share is there, and the transport has been used.
await import('../src/app.ts');

type Dialect = keyof typeof dialectAnswers;
const [adapter = 'openai'] = process.argv.slice(2) as Dialect[];
const { whole } = dialectAnswers[adapter in dialectAnswers ? adapter : 'openai-compatible'];

await using server = await startScriptedProvider();
await using factory = createTestFactory().factory;

async function call(slug: string, by: Dialect): Promise<boolean> {
  const provider = await factory.provider({ slug, adapter: by, baseUrl: server.baseUrl, credential: 'k' });
  return (await provider.call(question(), nobodyLeaves())).ok;
}

async function measure(name: string): Promise<void> {
  server.next({ body: whole('Fine.', { input: 1, output: 1 }) });
  const from = { cpu: process.cpuUsage(), at: performance.now() };
  if (!(await call('them', adapter))) throw new Error('the call failed');
  const wallMs = performance.now() - from.at;
  const { user, system } = process.cpuUsage(from.cpu);
  console.log(
    `${adapter}, ${name} call: ${wallMs.toFixed(0)} ms, ${((user + system) / 1000).toFixed(0)} ms of processor time`,
  );
}

if (adapter !== 'openai-compatible') await call('another', 'openai-compatible');
await measure('first');
await measure('second');
