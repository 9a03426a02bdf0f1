import { expect, it } from 'vitest';
import { addModel, change } from '../../support/graphql/admin.ts';
import { send } from '../../support/graphql/client.ts';
import { route, sayHello, routeDocument } from '../../support/graphql/route-call.ts';
import { startScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { startReaders } from '../../support/readers/reader-process.ts';
import { startServerProcess } from '../../support/servers/server-process.ts';
import { homes } from '../../support/servers/homes.ts';
import type { Asked } from '../../support/graphql/client.ts';

const READERS = 40;
const RECORDED_CALLS = 400;

/**
 * Alone and beside the readers in turn, so that whatever else the machine is busy with lasts for both; of all rounds
 * together the slowest hundredth begins after three calls, so that one that was unlucky decides nothing. The server
 * and the readers are processes of their own, and what is compared with is measured by the same one call at a time.
 */
const ROUNDS = 3;
const CALLS_A_ROUND = 120;
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

/** The times of calls one after the other, each of which is recorded as ever. */
async function timesOf(server: Asked, key: string) {
  const times: number[] = [];
  const degraded: (readonly string[] | undefined)[] = [];
  for (let count = 0; count < CALLS_A_ROUND; count += 1) {
    const fromMs = performance.now();
    const answer = await route(server, quick, { key });
    times.push(performance.now() - fromMs);
    degraded.push(answer.degraded);
  }
  expect(degraded.every((components) => components?.length === 0)).toBe(true);
  return times;
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]!;
}

it.for(homes)(
  'whatever a VIEWER reads, forty times at once, another tenant’s calls are recorded as ever, and hardly later ($kind)',
  { timeout: 600_000 },
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
    await using readers = startReaders(server, noisy.viewer, READERS);
    await timesOf(server, quiet.agent);
    const [alone, beside]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(...(await timesOf(server, quiet.agent)));
      await readers.start();
      beside.push(...(await timesOf(server, quiet.agent)));
      const { messages } = await readers.stop();
      expect(messages).toEqual([]);
    }
    const ratio = p99(beside) / p99(alone);
    console.info(
      `${kind}: p99 ${p99(alone).toFixed(0)} ms alone, ${p99(beside).toFixed(0)} ms beside (${ratio.toFixed(1)} times)`,
    );
    expect(ratio).toBeLessThan(PROMISED_RATIO);
    expect(await (await fetch(`${server.url}/readyz`)).text()).not.toContain('DATABASE');
  },
);
