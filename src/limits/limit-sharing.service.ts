import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Bus, Subscription } from '../events/bus.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { Timers } from '../system/timers.ts';
import { forget, type BoardMoment, type LimitBoard } from './limit-board.ts';
import { holdsMs, type ProviderLimitExchange } from './provider-limit-exchange.ts';
import { hearLimits, shareLimits } from './share-limits.ts';

/** How often instances tell each other what they know of limits, while there is something to tell or to ask. */
const EXCHANGE_MS = 250;

/** Keeps a board in step with those of the other instances, off the path of calls. */
export interface LimitSharing extends AsyncDisposable {
  /** The board is in use: the next exchange is due within EXCHANGE_MS. */
  touch(): void;
  /** Something has happened that the others should know at once: a cool-down, a hard-down or a lift. */
  tellNow(): void;
}

export interface LimitSharingOptions {
  readonly board: LimitBoard;
  readonly catalog: () => Pick<CatalogView, 'version'>;
  /** Null: this instance is the only one. */
  readonly exchange: ProviderLimitExchange | null;
  readonly bus: Bus;
  /** The name under which this instance exchanges. */
  readonly instanceId: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Begins to listen and to exchange. An instance that has just started hears what cools already. */
export async function createLimitSharing(options: LimitSharingOptions): Promise<LimitSharing> {
  const { board, catalog, exchange, bus, instanceId, clock, timers, log } = options;
  if (exchange === null) return alone;
  const others = exchange;
  let timer: Disposable | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let touched = true;
  let news = false;
  let hints = 0;
  let away = false;
  let closed = false;
  const moment = (): BoardMoment => {
    return { now: Math.floor(clock.monotonicMs()), catalogVersion: catalog().version };
  };

  function schedule(): void {
    if (closed || running !== undefined) return;
    timer ??= timers.after(EXCHANGE_MS, exchangeNow);
  }

  /** At most one exchange is under way; who asks meanwhile may know more than it tells, so another follows. */
  function exchangeNow(): void {
    again = true;
    if (closed || running !== undefined) return;
    timer?.[Symbol.dispose]();
    timer = undefined;
    running = exchangeWhileAsked().finally(() => (running = undefined));
    void running.then(() => {
      if (again) exchangeNow();
      else if (touched || away) schedule();
    });
  }

  async function exchangeWhileAsked(): Promise<void> {
    while (again && !closed) {
      again = false;
      await exchangeOnce();
    }
  }

  async function exchangeOnce(): Promise<void> {
    const hint = news;
    news = false;
    forget(board, moment());
    const own = shareLimits(board, moment());
    touched = holdsMs(own) > 0;
    try {
      hearLimits(board, await others.exchange(own), moment());
      // Only now can who hears of it find it; the key says who tells, so that nobody asks because of itself.
      if (hint) bus.publish({ topic: 'limits', key: instanceId, seq: (hints += 1) });
      if (away) log.info('Instances share what they know of the limits of providers again.');
      away = false;
    } catch (err) {
      news ||= hint;
      if (!away)
        log.warn('The limits of providers cannot be shared; each instance goes by what it knows itself.', {
          err,
        });
      away = true;
    }
  }

  const subscriptions: Subscription[] = [
    bus.onResync(exchangeNow),
    await bus.subscribe('limits', ({ key }) => (key === instanceId ? undefined : exchangeNow())),
  ];
  schedule();
  return {
    touch() {
      touched = true;
      schedule();
    },
    tellNow() {
      news = true;
      exchangeNow();
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      timer?.[Symbol.dispose]();
      await running;
    },
  };
}

/** Nobody to tell. */
const alone: LimitSharing = {
  touch() {},
  tellNow() {},
  async [Symbol.asyncDispose]() {},
};
