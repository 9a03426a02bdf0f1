import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFailed, vi } from 'vitest';
import { createMemoryBus } from '../../../src/events/bus.memory.ts';
import { startSweeper } from '../../../src/routing/record/sweeper.service.ts';
import { nodeClock } from '../../../src/system/clock.node.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { toHex } from '../../../src/system/digest.ts';
import { createNodeRandom } from '../../../src/system/random.node.ts';
import { createDataDir } from '../../support/databases/fresh-databases.ts';
import { createManualTime } from '../../support/time/manual-time.ts';
import { decisionUuid, routeDocument } from '../../support/graphql/route-call.ts';
import { startScriptedProvider, type ScriptedProvider } from '../../support/providers/scripted-provider.ts';
import { addModel } from '../../support/graphql/admin.ts';
import { adminKey, fieldOf, send } from '../../support/graphql/client.ts';
import { silentLog } from '../../support/logs/silent-log.ts';
import { homes, type Home } from '../../support/servers/homes.ts';
import { readRecords, type Records } from '../traffic/records.ts';
import { startServerProcess, type ServerProcess } from '../../support/servers/server-process.ts';
import { createNumbers } from '../../support/seeded-numbers.ts';

// Starting processes takes long on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 60_000 });

const KILLS = 3;
const IN_FLIGHT = 32;

/** A call as its caller saw it end. */
interface Answered {
  readonly id: string;
  readonly auditSeq: number;
  readonly status: 'SUCCEEDED' | 'EXHAUSTED';
  /** Hexadecimal; null when nothing was answered. */
  readonly answerSha256: string | null;
  readonly workflowId: string;
}

interface RouteAnswer {
  readonly __typename: string;
  readonly completion?: { readonly text: string };
  readonly decision: { readonly id: string; readonly auditSeq: number };
}

const mutation = routeDocument(`
  ... on RouteSuccess { completion { text } decision { id auditSeq } }
  ... on AttemptsExhausted { decision { id auditSeq } }`);

/** A provider of any pace that fails now and then; `onRequest` hears of everything that it is asked. */
async function startMoodyProvider(draw: () => number, onRequest: () => void): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider();
  provider.always(({ body }) => {
    onRequest();
    const [message] = body['messages'] as { content: string }[];
    const mood = draw();
    if (mood < 0.25) return { status: 500, delayMs: draw() * 20 };
    return { text: `You said: ${message!.content}`, delayMs: draw() * (mood > 0.75 ? 200 : 20) };
  });
  return provider;
}

/** Two models on one provider, so that a failing call falls back. */
async function addModels(url: string, baseUrl: string): Promise<void> {
  for (const slug of ['one', 'two']) await addModel({ url }, slug, { baseUrl });
}

/** Makes calls, so many at a time, until the server is killed; resolves with what was answered. */
async function load(url: string, name: string, killed: () => boolean): Promise<Answered[]> {
  const answered: Answered[] = [];
  let calls = 0;
  async function call(): Promise<void> {
    const workflowId = `${name}.${(calls += 1)}`;
    const input = { messages: [{ role: 'USER', content: workflowId }], workflowId };
    const answer = fieldOf<RouteAnswer>(await send(url, adminKey, mutation, { input }), 'route');
    const text = answer.completion?.text ?? null;
    expect(text).toBe(answer.__typename === 'RouteSuccess' ? `You said: ${workflowId}` : null);
    answered.push({
      id: answer.decision.id,
      auditSeq: answer.decision.auditSeq,
      status: text === null ? 'EXHAUSTED' : 'SUCCEEDED',
      answerSha256: text === null ? null : toHex(nodeSha256(JSON.stringify([text, []]))),
      workflowId,
    });
  }
  async function callOn(): Promise<void> {
    while (!killed()) {
      await call().catch((error: unknown) => {
        // A TypeError is how fetch reports a connection that broke.
        if (!killed() || !(error instanceof TypeError)) throw error;
      });
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, callOn));
  return answered;
}

/** The records hold together, and every call that was answered is there as it was answered. */
function expectKept({ decisions, entries, verification }: Records, answered: readonly Answered[]): void {
  expect(verification).toEqual({ ok: true, checked: entries.length, headSeq: entries.length });
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));

  const ofCalls = entries.filter(({ type }) => type.startsWith('routing.'));
  const chained = Map.groupBy(ofCalls, ({ payload }) => payload['decisionId'] as string);
  expect(chained.size).toBe(decisions.length);
  for (const decision of decisions) {
    const { status, auditSeq } = decision;
    const own = chained.get(decisionUuid(decision));
    const types = own?.map(({ type }) => type);
    expect(types, status).toEqual(['routing.decided', ...(ends[status] ?? ['routing.completed'])]);
    expect(auditSeq).toBe(status === 'PENDING' ? null : own?.at(-1)?.seq);
  }

  const stored = new Map(decisions.map((decision) => [decision.id, decision]));
  for (const { id, auditSeq, status, answerSha256, workflowId } of answered) {
    expect(stored.get(id)).toEqual({ id, status, auditSeq, workflowId });
    expect(chained.get(decisionUuid({ id }))?.at(-1)?.payload).toMatchObject({ status, answerSha256 });
  }
}

/** The entry that ends a decision of this status, where it is not `routing.completed`. */
const ends: Readonly<Record<string, readonly string[]>> = {
  PENDING: [],
  ABANDONED: ['routing.abandoned'],
};

/** Ends what killed servers left pending, as a server does that runs some minutes later; returns how many. */
async function sweep(home: Home): Promise<number> {
  await using database = await home.open();
  const { prisma } = database;
  await prisma.$executeRaw`UPDATE routing_decisions SET recorded_at = recorded_at - interval '10 minutes'`;
  const { timers } = createManualTime();
  const random = createNodeRandom(() => nodeClock.now());
  const ledger = { state: () => 'direct' as const };
  const bus = createMemoryBus(silentLog);
  const parts = { database, bus, ledger, random, timers };
  await using sweeper = startSweeper({ ...parts, log: silentLog });
  return await sweeper.sweep();
}

describe.for(homes)('kill -9 under load ($kind)', ({ prepare }) => {
  it('loses no call that was answered, keeps the chain whole, and leaves what was not answered to be ended', async () => {
    const seed = randomInt(2 ** 31);
    onTestFailed(() => console.error(`The seed was ${seed}.`));
    const draw = createNumbers(seed);
    await using home = await prepare();
    let untilKill = Infinity;
    let server: ServerProcess | undefined;
    await using provider = await startMoodyProvider(draw, () => {
      if ((untilKill -= 1) === 0) server?.signal('SIGKILL');
    });

    const answered: Answered[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await using running = startServerProcess(home.environment);
      server = running;
      const url = await running.url();
      if (kill === 1) await addModels(url, provider.baseUrl);
      expectKept(await readRecords(url), answered);
      untilKill = 2 * IN_FLIGHT + Math.floor(draw() * 200);
      answered.push(...(await load(url, `kill ${kill}`, () => untilKill <= 0)));
    }
    const swept = await sweep(home);

    await using last = startServerProcess(home.environment);
    const records = await readRecords(await last.url());
    expectKept(records, answered);
    const count = (wanted: string) => records.decisions.filter(({ status }) => status === wanted).length;
    expect(count('PENDING')).toBe(0);
    expect(count('ABANDONED')).toBe(swept);
    // Otherwise the kills came when nothing was under way, or nothing had been answered, and proved nothing.
    expect(swept).toBeGreaterThan(0);
    expect(answered.length).toBeGreaterThan(KILLS);
  });
});

describe('kill -9 during the first start of all', () => {
  it('leaves nothing that keeps the next start from serving', async () => {
    await using dataDir = await createDataDir('empty');
    const environment = { SWITCHYARD_DATA_DIR: dataDir.path };
    await using first = startServerProcess(environment);
    const looksMade = async () => {
      const folders = await readdir(dataDir.path);
      return folders.some((folder) => existsSync(join(dataDir.path, folder, 'PG_VERSION')));
    };
    await expect.poll(looksMade, { interval: 1, timeout: 50_000 }).toBe(true);
    first.signal('SIGKILL');
    await first.ended;
    await using second = startServerProcess(environment);
    expectKept(await readRecords(await second.url()), []);
  });
});
