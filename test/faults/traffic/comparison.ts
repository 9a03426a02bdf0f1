import { expect } from 'vitest';
import { decisionUuid } from '../../support/graphql/route-call.ts';
import { slowestMs, type SeenCall } from './outage-load.ts';
import { readRecords, type Records } from './records.ts';

/** The callers of one tenant, on whichever instances. */
export interface Traffic {
  /** A global id; absent: the admin's own tenant. */
  readonly tenantId?: string;
  /** What those of one instance have seen, each. */
  readonly callers: readonly Seen[];
}

interface Seen {
  readonly calls: readonly SeenCall[];
  readonly failures: readonly string[];
}

/** What the callers of some tenants saw, beside what is recorded for these. */
export interface Comparison {
  readonly figures: Figures;
  /** Fails unless every call was a success and is recorded once, in order and as its caller was told. */
  expectEqual(): void;
}

/** How much was compared, whether it is right or not. */
export interface Figures {
  readonly calls: number;
  readonly failed: number;
  /** Of the calls, those that were recorded in a spool. */
  readonly spooled: number;
  readonly slowestMs: number;
  readonly entriesExpected: number;
  readonly entriesFound: number;
}

/** Reads what is recorded for some tenants from an instance. */
export async function compareTraffic(url: string, traffics: readonly Traffic[]): Promise<Comparison> {
  const pairs = await Promise.all(
    traffics.map(async (traffic) => ({ traffic, records: await readRecords(url, traffic.tenantId) })),
  );
  const callers = traffics.flatMap((traffic) => traffic.callers);
  const calls = callers.flatMap((seen) => seen.calls);
  const failures = callers.flatMap((seen) => seen.failures);
  return {
    figures: {
      calls: calls.length + failures.length,
      failed: failures.length,
      spooled: calls.filter(({ degraded }) => degraded.includes('DATABASE')).length,
      slowestMs: Math.round(slowestMs(calls)),
      entriesExpected: 2 * calls.length,
      entriesFound: pairs.reduce((sum, { records }) => sum + routingEntries(records).length, 0),
    },
    expectEqual() {
      expect(failures).toEqual([]);
      for (const { traffic, records } of pairs) {
        expectRecorded(
          records,
          traffic.callers.flatMap((seen) => seen.calls),
        );
        for (const seen of traffic.callers) expectInOrder(records, seen.calls);
      }
    },
  };
}

/** Figures on one line. */
export function describeFigures(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** What a tenant's chain says of its calls. */
function routingEntries({ entries }: Records): Records['entries'] {
  return entries.filter(({ type }) => type.startsWith('routing.'));
}

/**
 * Every call of a tenant is recorded: once, its beginning before its end, in a chain that is whole, as its caller
 * was told.
 */
export function expectRecorded(records: Records, calls: readonly SeenCall[]): void {
  const { decisions, entries, verification } = records;
  expect(verification).toEqual({ ok: true, checked: entries.length, headSeq: entries.length });
  const ofCalls = routingEntries(records);
  expect(ofCalls).toHaveLength(2 * calls.length);
  const chained = Map.groupBy(ofCalls, ({ payload }) => payload['decisionId'] as string);
  const stored = new Map(decisions.map((decision) => [decision.id, decision]));
  for (const { id, auditSeq, degraded } of calls) {
    const own = chained.get(decisionUuid({ id })) ?? [];
    expect(own.map(({ type }) => type)).toEqual(['routing.decided', 'routing.completed']);
    const decision = stored.get(id);
    expect(decision).toMatchObject({ status: 'SUCCEEDED', auditSeq: own[1]?.seq });
    const recorded = own[1]?.payload['degraded'] as readonly string[];
    if (degraded.includes('DATABASE')) {
      // What was written to the spool may have been committed before, unheard of: the entry that is there stays.
      expect([recorded, [...recorded, 'DATABASE']]).toContainEqual(degraded);
      expect(auditSeq).toBeNull();
    } else {
      expect(recorded).toEqual(degraded);
      expect(auditSeq).toBe(own[1]?.seq);
    }
  }
  expect(decisions).toHaveLength(calls.length);
}

/** A call that began when another one of its instance had been answered comes behind it in the chain. */
function expectInOrder(records: Records, calls: readonly SeenCall[]): void {
  const own = Map.groupBy(routingEntries(records), ({ payload }) => payload['decisionId'] as string);
  const placed = calls.map((call) => {
    const seqs = own.get(decisionUuid(call))!.map(({ seq }) => seq);
    return { ...call, firstSeq: Math.min(...seqs), lastSeq: Math.max(...seqs) };
  });
  const byEnd = placed.toSorted((a, b) => a.startedMs + a.tookMs - b.startedMs - b.tookMs);
  let [answered, answeredSeq] = [0, 0];
  for (const { startedMs, firstSeq } of placed.toSorted((a, b) => a.startedMs - b.startedMs)) {
    for (; byEnd[answered]!.startedMs + byEnd[answered]!.tookMs < startedMs; answered += 1) {
      answeredSeq = Math.max(answeredSeq, byEnd[answered]!.lastSeq);
    }
    expect(firstSeq).toBeGreaterThan(answeredSeq);
  }
}
