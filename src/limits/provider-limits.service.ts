import type { CatalogView } from '../catalog/catalog-view.ts';
import type { Replication } from '../fleet/replication.service.ts';
import type { ProviderFailure } from '../providers/failure.ts';
import type { ResponseHeaders, TokenUsage } from '../providers/provider.ts';
import type { Clock } from '../system/clock.ts';
import { forgetLater, HARD_DOWN_MS, mark, scopeName, type HardDownScope } from './hard-down.ts';
import {
  admit,
  liftScope,
  measure,
  refusalOf,
  settle,
  unlimited,
  type CallEnd,
  type LimitedModel,
  type LimitMeasures,
  type LimitRefusal,
} from './limit-board.ts';
import { eachKnown, forget, openLimitBoard, type BoardMoment } from './board-entries.ts';
import { readLimits } from './limit-headers.ts';
import type { HeldPlace } from './places/places.ts';
import type { Places } from './places/places.service.ts';
import type { TokenUse } from './quota.ts';
import { rateLimitState, type RateLimitState } from './rate-limit-state.ts';
import { replicateBoard, type ReplicatedBoard } from './replicate-board.ts';

/** A cool-down that moves its end by less can wait for the next exchange, which is due by then. */
const WORTH_A_HINT_MS = 250;

/** A call that is about to be made. */
export interface LimitTarget {
  readonly key: string;
  readonly providerSlug: string;
  /** Tokens the call may use at most: estimated input and output budget. */
  readonly estimatedTokens: number;
  /** Asked for to find out whether a pause or hard-down has to go on: only what is configured holds it back. */
  readonly isTrial?: boolean;
  /** The place that it has waited for. */
  readonly place?: HeldPlace;
}

/** How an admitted call ended. */
export interface LimitSettlement {
  readonly failure: ProviderFailure | null;
  readonly headers: ResponseHeaders;
  /** Null when the provider reported none. */
  readonly usage: TokenUsage | null;
}

/** Leave to make a call, which counts from now on. `settle` neither throws nor waits; only the first time counts. */
export interface LimitPermit {
  readonly admitted: true;
  settle(settlement: LimitSettlement): void;
}

/**
 * Keeps calls within what providers take: by what their responses tell, what an operator has configured, and the
 * refusals they answer with. Everything is decided from memory.
 */
export interface ProviderLimits {
  /** `recoveredAt`: see `Places.take`. */
  admit(target: LimitTarget, recoveredAt?: number | null): LimitPermit | LimitRefusal;
  /** What `admit` would refuse at this moment, and why, but for a recovery; null: nothing. Counts nothing. */
  refusalOf(target: LimitTarget): LimitRefusal | null;
  /** What planning needs to know of a model. The same object for all of which nothing is known. */
  measuresOf(key: string): LimitMeasures;
  /** Visits the key of every model and the slug of every provider of which anything may be known; some twice. */
  eachKnown(visit: (keyOrSlug: string) => void): void;
  /** The same for people; null when nothing is known. `asOf` is the instant its durations count from. */
  stateOf(key: string): (RateLimitState & { readonly asOf: number }) | null;
  /**
   * Keeps calls from a provider or model that refuses for good, as was found under this version of the catalog: a
   * later version lifts it. A longer hard-down that is known already stays.
   */
  markHardDown(scope: HardDownScope, catalogVersion: number, forMs?: number): void;
  /** A scope was found well again: undoes its hard-down and, of a model, its cool-down, on every instance. */
  lift(scope: HardDownScope): void;
}

export interface ProviderLimitsOptions {
  /** What tells the other instances, and this one of theirs. */
  readonly replication: Pick<Replication, 'add'>;
  readonly places: Places;
  readonly catalog: () => Pick<CatalogView, 'version' | 'model' | 'provider'>;
  readonly clock: Clock;
}

/** Decides by the board alone. What other instances know comes to it in the background, or does not come at all. */
export function createProviderLimits(options: ProviderLimitsOptions): ProviderLimits {
  const { replication, places, catalog, clock } = options;
  const board = openLimitBoard();
  const replicas = addReplicas(replication, replicateBoard(board));
  let last: BoardMoment = { now: 0, catalogVersion: 0 };

  /** Measures are asked for many times within a millisecond. */
  function moment(): BoardMoment {
    const [now, catalogVersion] = [Math.floor(clock.monotonicMs()), catalog().version];
    if (catalogVersion < last.catalogVersion) {
      for (const name of forgetLater(board.hardDowns, catalogVersion)) replicas.scopes.changedNow(name);
    }
    if (last.now !== now || last.catalogVersion !== catalogVersion) last = { now, catalogVersion };
    return last;
  }

  function limitedModel({ key, providerSlug: slug, isTrial = false }: LimitTarget): LimitedModel {
    const provider = catalog().provider(slug)?.provider;
    return { key, isTrial, provider: provider ?? { slug, requestsPerMinute: null, tokensPerMinute: null } };
  }

  /** Null when the call has a place, its own or one of those that are free. */
  function takePlace(target: LimitTarget, recoveredAt: number | null | undefined): LimitRefusal | null {
    if (target.place?.handOver() === true) return null;
    const retryAfterMs = places.take(target, recoveredAt);
    return retryAfterMs === 0 ? null : { admitted: false, reason: 'AT_CAPACITY', retryAfterMs };
  }

  function isCrowded(target: LimitTarget): LimitRefusal | null {
    const retryAfterMs = target.place === undefined ? places.waitMsOf(target) : 0;
    return retryAfterMs === 0 ? null : { admitted: false, reason: 'AT_CAPACITY', retryAfterMs };
  }

  return {
    admit(target, recoveredAt) {
      const refusal = takePlace(target, recoveredAt);
      if (refusal !== null) return refusal;
      const verdict = admit(board, limitedModel(target), target.estimatedTokens, moment());
      if (!verdict.admitted) {
        places.giveBack(target);
        return verdict;
      }
      replicas.minutes.changed(target.providerSlug);
      let open = true;
      return {
        admitted: true,
        settle(settlement) {
          if (!open) return;
          open = false;
          places.giveBack(target);
          const end = toCallEnd(settlement, clock.now());
          const longerMs = settle(board, verdict.call, end, moment().now);
          replicas.minutes.changed(target.providerSlug);
          if (longerMs > WORTH_A_HINT_MS) replicas.models.changedNow(target.key);
          else replicas.models.changed(target.key);
        },
      };
    },
    refusalOf: (target) =>
      refusalOf(board, limitedModel(target), target.estimatedTokens, moment()) ?? isCrowded(target),
    measuresOf(key) {
      const model = catalog().model(key);
      return model === undefined ? unlimited : measure(board, model, moment());
    },
    eachKnown: (visit) => eachKnown(board, visit),
    stateOf(key) {
      const model = catalog().model(key);
      const state = model === undefined ? null : rateLimitState(board, model, moment());
      return state === null ? null : { ...state, asOf: clock.now() };
    },
    markHardDown(scope, catalogVersion, forMs = HARD_DOWN_MS) {
      forget(board, moment());
      const { now } = moment();
      mark(board.hardDowns, scopeName(scope), { markedAtMs: now, untilMs: now + forMs, catalogVersion });
      replicas.scopes.changedNow(scopeName(scope));
    },
    lift(scope) {
      liftScope(board, scope, moment().now);
      replicas.models.changed(scopeName(scope));
      replicas.scopes.changedNow(scopeName(scope));
    },
  };
}

function addReplicas(
  replication: ProviderLimitsOptions['replication'],
  { minutes, models, scopes }: ReplicatedBoard,
) {
  return {
    minutes: replication.add(minutes),
    models: replication.add(models),
    scopes: replication.add(scopes),
  };
}

function toCallEnd({ failure, headers, usage }: LimitSettlement, wallMs: number): CallEnd {
  return {
    ok: failure === null,
    pause: failure === null ? null : pauseOf(failure),
    tokens: tokensOf(failure, usage),
    advertised: readLimits(headers, wallMs),
  };
}

/** A 429 asks for a pause whether it says for how long or not; a provider that is down does when it says so. */
function pauseOf({ failureClass, retryAfterMs = 0 }: ProviderFailure): CallEnd['pause'] {
  if (failureClass === 'RATE_LIMITED') return { askedMs: retryAfterMs > 0 ? retryAfterMs : null };
  return failureClass === 'SERVER_ERROR' && retryAfterMs > 0 ? { askedMs: retryAfterMs } : null;
}

/** A request that was refused took nothing; what came of one that broke, nobody knows. */
function tokensOf(failure: ProviderFailure | null, usage: TokenUsage | null): TokenUse {
  if (usage !== null) {
    const { inputTokens, outputTokens, isEstimated = false } = usage;
    return { tokens: inputTokens + outputTokens, exact: !isEstimated };
  }
  const status = failure?.httpStatus ?? 0;
  return { tokens: 0, exact: status >= 400 && status < 500 };
}
