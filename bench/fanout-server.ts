// An instance in a process of its own, which can be asked how much it holds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startApp } from './app.ts';
import { answerParent, cpuMs, sharedMs } from './child.ts';

const stack = new AsyncDisposableStack();
const environment = Object.fromEntries(
  ['DATABASE_URL', 'REDIS_URL'].map((name) => [name, process.env[name] ?? '']),
);
const app = await startApp(environment, stack);
const { breakers, catalog, liveStreams } = app.services;
const target = { providerSlug: 'bench', modelSlug: 'model' };
const turns = monitorEventLoopDelay({ resolution: 5 });
turns.enable();

const offer = {
  url: () => app.url,
  /** How many subscriptions are open. */
  streams: () => liveStreams.count(),
  cpuMs,
  /** How long the event loop was held up at most since this was asked last. */
  heldUpMs() {
    const heldUpMs = turns.max / 1e6;
    turns.reset();
    return heldUpMs;
  },
  /** What is held once the garbage is gone. */
  memory() {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rssBytes: rss, heapBytes: heapUsed, externalBytes: external };
  },
  /** Makes the model whose breaker is moved. */
  async prepare() {
    await catalog.upsertProvider({ slug: target.providerSlug, adapter: 'openai' }, 'bench');
    const prices = { inputUsdPerMillionTokens: 1, outputUsdPerMillionTokens: 2 };
    const limits = { contextWindowTokens: 100_000, maxOutputTokens: 1000 };
    await catalog.upsertModel({ ...target, ...prices, ...limits }, 'bench');
  },
  generation: () => breakers.viewOf('bench/model').generation,
  /** Brings one transition about. `answeredMs` is as soon after its commit as anybody learns of it. */
  async move(reason: string) {
    const { generation, mode } = breakers.viewOf('bench/model');
    const wanted = mode === 'AUTO' ? 'FORCED_OPEN' : 'AUTO';
    const askedMs = sharedMs();
    await breakers.controls.override('bench', {
      ...{ ...target, generation, mode: wanted, reason, until: null },
    });
    return { generation: generation + 1, askedMs, answeredMs: sharedMs() };
  },
};

/** What the process can be asked for. */
export type FanoutServer = typeof offer;

answerParent(offer, stack);
