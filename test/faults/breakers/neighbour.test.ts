import { expect, it } from 'vitest';
import { drawRead } from '../../../bench/neighbour-reads.ts';
import { addModel, change } from '../../support/graphql/admin.ts';
import { send } from '../../support/graphql/client.ts';
import { route, sayHello, routeDocument } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { createNumbers } from '../../support/seeded-numbers.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { homes } from '../../support/servers/homes.ts';
import type { Asked } from '../../support/graphql/client.ts';

const READERS = 40;
const MEASURED_CALLS = 100;
const RECORDED_CALLS = 100;

/** For machines that are busy with something else: a call that met the old faults took seconds. */
const NOISE_MS = 250;
const PROMISED_RATIO = 5;

/** Calls of a provider that answers at once: what they take is ours. */
const quick = { models: ['quick/model'] };

async function keysOf(server: Asked, slug: string) {
  const { tenant } = await change<{ tenant: { id: string } }>(
    server,
    'createTenant',
    { slug, name: slug },
    'tenant { id }',
  );
  const issue = async (role: string) => {
    const input = { tenantId: tenant.id, roles: [role] };
    return (await change<{ secret: string }>(server, 'issueApiKey', input, 'secret')).secret;
  };
  return { agent: await issue('AGENT'), viewer: await issue('VIEWER') };
}

/** The times of calls one after the other, ascending, and whether all of them were recorded as ever. */
async function timesOf(server: Asked, key: string) {
  const times: number[] = [];
  const degraded: (readonly string[] | undefined)[] = [];
  for (let count = 0; count < MEASURED_CALLS; count += 1) {
    const fromMs = performance.now();
    const answer = await route(server, quick, { key });
    times.push(performance.now() - fromMs);
    degraded.push(answer.degraded);
  }
  times.sort((a, b) => a - b);
  expect(degraded.every((components) => components?.length === 0)).toBe(true);
  return { p99: times[Math.ceil(times.length * 0.99) - 1]! };
}

/** Forty reads at once until they are stopped; each is answered, or refused because its tenant reads too much. */
function startReaders(server: Asked, key: string) {
  const draw = createNumbers(4711);
  const codes = new Set<string | undefined>();
  let isOver = false;
  const readers = Array.from({ length: READERS }, async () => {
    while (!isOver) {
      const { errors = [] } = await send(server.url, key, drawRead(draw));
      for (const { extensions, message } of errors) {
        codes.add(extensions?.code === 'RATE_LIMITED' ? undefined : message);
      }
    }
  });
  return {
    async stop() {
      isOver = true;
      await Promise.all(readers);
      return [...codes];
    },
  };
}

it.for(homes)(
  'whatever a VIEWER reads, forty times at once, another tenant’s calls are recorded as ever, and hardly later ($kind)',
  { timeout: 300_000 },
  async ({ kind, prepare }) => {
    await using provider = await startScriptedProvider({ record: false });
    await using home = await prepare();
    // In a process of its own: what forty clients and a provider reckon is no part of what is measured.
    await using process = startServerProcess(home.environment, ['--max-semi-space-size=64']);
    const server = { url: await process.url() };
    await addModel(server, 'quick', provider);
    const [noisy, quiet] = [await keysOf(server, 'noisy'), await keysOf(server, 'quiet')];
    const recording = Array.from({ length: 10 }, async () => {
      for (let count = 0; count < RECORDED_CALLS / 10; count += 1) {
        await send(server.url, noisy.agent, routeDocument(''), { input: sayHello(quick) });
      }
    });
    await Promise.all(recording);
    await timesOf(server, quiet.agent);
    const alone = await timesOf(server, quiet.agent);
    const readers = startReaders(server, noisy.viewer);
    const beside = await timesOf(server, quiet.agent);
    const codes = await readers.stop();
    const ratio = (beside.p99 / alone.p99).toFixed(1);
    console.info(
      `${kind}: p99 ${alone.p99.toFixed(0)} ms alone, ${beside.p99.toFixed(0)} ms beside (${ratio} times)`,
    );
    expect(codes.filter((code) => code !== undefined)).toEqual([]);
    expect(beside.p99).toBeLessThan(PROMISED_RATIO * alone.p99 + NOISE_MS);
    expect(await (await fetch(`${server.url}/readyz`)).text()).not.toContain('DATABASE');
  },
);
