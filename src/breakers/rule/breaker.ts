/** Where a breaker stands. */
export const breakerStates = ['CLOSED', 'OPEN', 'HALF_OPEN'] as const;
export type BreakerState = (typeof breakerStates)[number];

/** Who decides: the breaker itself, or an operator. */
export const breakerModes = ['AUTO', 'FORCED_OPEN', 'FORCED_CLOSED'] as const;
export type BreakerMode = (typeof breakerModes)[number];

/** What a call's outcome says of a model. */
export type BreakerSignal = 'success' | 'failure' | 'neutral';

/** The numbers of the rule; all are configuration. */
export interface BreakerRule {
  /** So many failures in a row trip. */
  readonly threshold: number;
  /** The newest and the oldest of them lie at most this far apart. */
  readonly windowMs: number;
  /** How long a breaker that trips stays open. */
  readonly coolOffMs: number;
  /** What failed probes may lengthen that to. */
  readonly maxCoolOffMs: number;
}

/** The one call in the fleet that may find out whether a model is well again. */
export interface Probe {
  /** The attempt's own identity, a UUID. */
  readonly token: string;
  /** From then on another may take over, and what this one finds out counts for nothing. */
  readonly leaseUntil: number;
}

/** All failures that opened a breaker came from calls of one tenant: it may be what that one sends. */
export interface Suspicion {
  readonly tenant: string;
  /** The one call in the fleet, with a prompt of our own, that finds out; null: nobody does yet. */
  readonly probe: Probe | null;
}

/** A tenant whose failures alone do not open a breaker, because they did so before and the model was well. */
export interface Wary {
  readonly tenant: string;
  readonly until: number;
}

/** A state with the data that belongs to it. Instants are milliseconds of one clock, the holder's. */
export type BreakerPhase =
  /**
   * `failures`: instants of the failures since the last success, ascending, none older than the window. `tenants`:
   * whose calls they were, one for one; null: nobody's, or not known. Absent: not known of any.
   */
  | {
      readonly state: 'CLOSED';
      readonly failures: readonly number[];
      readonly tenants?: readonly (string | null)[];
    }
  | {
      readonly state: 'OPEN';
      readonly openUntil: number;
      readonly coolOffMs: number;
      /** Absent: the failures were several tenants', or it has been looked into. */
      readonly suspicion?: Suspicion;
    }
  | {
      readonly state: 'HALF_OPEN';
      /** The cool-off that has passed; a failed probe doubles it. */
      readonly coolOffMs: number;
      readonly probe: Probe | null;
      /** Before this no next probe begins. */
      readonly nextProbeAt: number;
      /** Probes in a row that said neither yes nor no. */
      readonly neutralProbes: number;
    };

/** An operator's word; `until` is of the holder's clock, null: until further notice. */
export type BreakerControl =
  | { readonly mode: 'AUTO' }
  | {
      readonly mode: Exclude<BreakerMode, 'AUTO'>;
      readonly actor: string;
      readonly reason: string;
      readonly until: number | null;
    };

/** What has happened when, for people: milliseconds since the epoch by the database's clock. */
export interface BreakerHistory {
  readonly openedAt: number | null;
  readonly halfOpenAt: number | null;
  readonly closedAt: number | null;
  readonly lastFailureAt: number | null;
  readonly lastSuccessAt: number | null;
}

declare const clock: unique symbol;

/**
 * One model's breaker, its instants of some clock. Under an operator's word the machine rests in CLOSED without a
 * streak; what it shows then is the operator's (see `shownState`).
 */
export interface BreakerOn<Clock extends string> {
  /** Exists for the compiler alone, which keeps breakers on different clocks apart. */
  readonly [clock]?: Clock;
  /** `provider/model`. */
  readonly key: string;
  /** Rises by one with every write; 0: nothing has ever been written. */
  readonly revision: number;
  /** Rises by one with every transition. An outcome counts only for the generation it was admitted under. */
  readonly generation: number;
  /** How often it has opened. */
  readonly tripCount: number;
  readonly phase: BreakerPhase;
  readonly control: BreakerControl;
  /** At most `MOST_WARY`, the latest last; absent: none. */
  readonly wary?: readonly Wary[];
  readonly history: BreakerHistory;
}

/** A breaker of which there is no row. */
export function untouched(key: string): Breaker {
  return {
    key,
    revision: 0,
    generation: 0,
    tripCount: 0,
    phase: { state: 'CLOSED', failures: [] },
    control: { mode: 'AUTO' },
    history: { openedAt: null, halfOpenAt: null, closedAt: null, lastFailureAt: null, lastSuccessAt: null },
  };
}

/** The state as people and plans see it: an operator's word stands above the machine's. */
export function shownState({ phase, control }: Pick<Breaker, 'phase' | 'control'>): BreakerState {
  if (control.mode === 'FORCED_OPEN') return 'OPEN';
  return control.mode === 'FORCED_CLOSED' ? 'CLOSED' : phase.state;
}

/** A breaker as the machine takes it: its instants are of the clock of whoever holds it. */
export type Breaker = BreakerOn<'its holder’s'>;

/** One step of a breaker, as the transitions table keeps it. */
export interface Transition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** The mode after it. */
  readonly mode: BreakerMode;
  /** Null: the machine itself. */
  readonly actor: string | null;
  readonly reason: string;
  /** The generation that it began. */
  readonly generation: number;
}

/**
 * When a breaker last closed because a probe was answered; null: never, or it was closed by an operator's word, who
 * knows why.
 */
export function recoveredAtOf({ openedAt, halfOpenAt, closedAt }: BreakerHistory): number | null {
  if (closedAt === null || halfOpenAt === null || halfOpenAt < (openedAt ?? -Infinity)) return null;
  return closedAt < halfOpenAt ? null : closedAt;
}
