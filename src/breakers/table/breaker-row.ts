import { modelKey } from '../../providers/model-key.ts';
import { NIL_UUID } from '../../system/input/uuid.ts';
import { probeOf } from '../rule/admission-of.ts';
import type {
  Breaker,
  BreakerControl,
  BreakerHistory,
  BreakerMode,
  BreakerOn,
  BreakerPhase,
  BreakerState,
  Transition,
} from '../rule/breaker.ts';
import { closedWith, failuresOf } from '../rule/streak.ts';

/**
 * A breaker as the database tells it: the instants of its phase and its control are milliseconds from the moment of
 * the read, negative when past, so that no clock but its holder's is needed to keep it (`placeAt`).
 */
export type BreakerRow = BreakerOn<'the read’s'>;

/** What a write has made of a breaker. */
export interface BreakerWrite {
  readonly row: BreakerRow;
  /** Null: the write changed what is known, not the state. */
  readonly transition: WrittenTransition | null;
}

/** A transition with its place among all transitions. */
export interface WrittenTransition extends Transition {
  readonly seq: number;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly at: number;
}

/** A row as it is selected: `…_ms` is milliseconds, `…_in_ms` those from the moment of the read. */
export interface BreakerColumns {
  readonly provider_slug: string;
  readonly model_slug: string;
  readonly state: BreakerState;
  readonly revision: number;
  readonly generation: number;
  readonly trip_count: number;
  readonly failures_in_ms: readonly number[];
  /** One for one; nil: not known. */
  readonly failure_tenants: readonly string[];
  readonly suspect_tenant: string | null;
  readonly wary_tenants: readonly string[];
  readonly wary_in_ms: readonly number[];
  readonly open_until_in_ms: number | null;
  readonly cool_off_ms: number | null;
  readonly next_probe_in_ms: number | null;
  readonly neutral_probes: number;
  readonly probe_token: string | null;
  readonly probe_lease_in_ms: number | null;
  readonly mode: BreakerMode;
  readonly mode_actor: string | null;
  readonly mode_reason: string | null;
  readonly mode_until_in_ms: number | null;
  readonly opened_at_ms: number | null;
  readonly half_open_at_ms: number | null;
  readonly closed_at_ms: number | null;
  readonly last_failure_at_ms: number | null;
  readonly last_success_at_ms: number | null;
}

/** The breaker that a row holds. */
export function toBreakerRow(columns: BreakerColumns): BreakerRow {
  return {
    key: modelKey(columns.provider_slug, columns.model_slug),
    revision: columns.revision,
    generation: columns.generation,
    tripCount: columns.trip_count,
    phase: toPhase(columns),
    control: toControl(columns),
    ...waryOf(columns),
    history: {
      openedAt: columns.opened_at_ms,
      halfOpenAt: columns.half_open_at_ms,
      closedAt: columns.closed_at_ms,
      lastFailureAt: columns.last_failure_at_ms,
      lastSuccessAt: columns.last_success_at_ms,
    },
  };
}

/** The breaker of a row that was read when the holder's clock showed `nowMs`. */
export function placeAt(row: BreakerRow, nowMs: number): Breaker {
  const { key, revision, generation, tripCount, history } = row;
  const [phase, control] = [placePhase(row.phase, nowMs), placeControl(row.control, nowMs)];
  const wary = row.wary && { wary: row.wary.map(({ tenant, until }) => ({ tenant, until: until + nowMs })) };
  return { key, revision, generation, tripCount, phase, control, ...wary, history };
}

/** A row as it is written: `…_ms` is milliseconds, those of instants since the epoch. */
export interface StoredColumns {
  readonly state: BreakerState;
  readonly generation: number;
  readonly trip_count: number;
  readonly failures_ms: readonly number[];
  readonly failure_tenants: readonly string[];
  readonly suspect_tenant: string | null;
  readonly wary_tenants: readonly string[];
  readonly wary_until_ms: readonly number[];
  readonly open_until_ms: number | null;
  readonly cool_off_ms: number | null;
  readonly next_probe_at_ms: number | null;
  readonly neutral_probes: number;
  readonly probe_token: string | null;
  readonly probe_lease_until_ms: number | null;
  readonly mode: BreakerMode;
  readonly mode_actor: string | null;
  readonly mode_reason: string | null;
  readonly mode_until_ms: number | null;
  readonly history: BreakerHistory;
}

/** The row of a breaker whose instants are the database's own, milliseconds since the epoch. */
export function toStored({
  generation,
  tripCount,
  phase,
  control,
  wary = [],
  history,
}: Breaker): StoredColumns {
  const isForced = control.mode !== 'AUTO';
  const probe = probeOf(phase);
  const failures = phase.state === 'CLOSED' ? failuresOf(phase) : [];
  return {
    state: phase.state,
    generation,
    trip_count: tripCount,
    failures_ms: failures.map(({ at }) => at),
    failure_tenants: failures.map(({ tenant }) => tenant ?? NIL_UUID),
    suspect_tenant: phase.state === 'OPEN' ? (phase.suspicion?.tenant ?? null) : null,
    wary_tenants: wary.map(({ tenant }) => tenant),
    wary_until_ms: wary.map(({ until }) => until),
    open_until_ms: phase.state === 'OPEN' ? phase.openUntil : null,
    cool_off_ms: phase.state === 'CLOSED' ? null : phase.coolOffMs,
    next_probe_at_ms: phase.state === 'HALF_OPEN' ? phase.nextProbeAt : null,
    neutral_probes: phase.state === 'HALF_OPEN' ? phase.neutralProbes : 0,
    probe_token: probe?.token ?? null,
    probe_lease_until_ms: probe?.leaseUntil ?? null,
    mode: control.mode,
    mode_actor: isForced ? control.actor : null,
    mode_reason: isForced ? control.reason : null,
    mode_until_ms: isForced ? control.until : null,
    history,
  };
}

function toPhase(columns: BreakerColumns): BreakerPhase {
  const { state, failures_in_ms: failures, neutral_probes: neutralProbes } = columns;
  // The database keeps both wherever a breaker is not closed.
  const coolOffMs = columns.cool_off_ms ?? 0;
  const nextProbeAt = columns.next_probe_in_ms ?? 0;
  const { probe_token: token, probe_lease_in_ms: leaseUntil } = columns;
  const probe = token === null || leaseUntil === null ? null : { token, leaseUntil };
  switch (state) {
    case 'CLOSED':
      return closedWith(failures.map((at, index) => ({ at, tenant: tenantAt(columns, index) })));
    case 'OPEN': {
      const { suspect_tenant: tenant } = columns;
      const suspicion = tenant === null ? {} : { suspicion: { tenant, probe } };
      return { state, openUntil: columns.open_until_in_ms ?? 0, coolOffMs, ...suspicion };
    }
    case 'HALF_OPEN': {
      return { state, coolOffMs, probe, nextProbeAt, neutralProbes };
    }
  }
}

/** An earlier release writes instants alone, and leaves whose they were before. */
function tenantAt({ failure_tenants: tenants, failures_in_ms: failures }: BreakerColumns, index: number) {
  const tenant = tenants.length === failures.length ? tenants[index] : undefined;
  return tenant === undefined || tenant === NIL_UUID ? null : tenant;
}

function waryOf({ wary_tenants: tenants, wary_in_ms: untils }: BreakerColumns): Pick<Breaker, 'wary'> {
  if (tenants.length === 0) return {};
  return { wary: tenants.map((tenant, index) => ({ tenant, until: untils[index] ?? 0 })) };
}

function toControl(columns: BreakerColumns): BreakerControl {
  const { mode, mode_actor: actor, mode_reason: reason, mode_until_in_ms: until } = columns;
  if (mode === 'AUTO') return { mode };
  return { mode, actor: actor ?? '', reason: reason ?? '', until };
}

function placePhase(phase: BreakerPhase, nowMs: number): BreakerPhase {
  switch (phase.state) {
    case 'CLOSED':
      return { ...phase, failures: phase.failures.map((failure) => failure + nowMs) };
    case 'OPEN': {
      const { suspicion } = phase;
      const probe = suspicion?.probe && {
        ...suspicion.probe,
        leaseUntil: suspicion.probe.leaseUntil + nowMs,
      };
      const placed = suspicion && { suspicion: { ...suspicion, probe: probe ?? null } };
      return { ...phase, openUntil: phase.openUntil + nowMs, ...placed };
    }
    case 'HALF_OPEN': {
      const { probe, nextProbeAt } = phase;
      return {
        ...phase,
        probe: probe && { ...probe, leaseUntil: probe.leaseUntil + nowMs },
        nextProbeAt: nextProbeAt + nowMs,
      };
    }
  }
}

function placeControl(control: BreakerControl, nowMs: number): BreakerControl {
  if (control.mode === 'AUTO' || control.until === null) return control;
  return { ...control, until: control.until + nowMs };
}
