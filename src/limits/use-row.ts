import type { LocalPart, RemotePart } from '../fleet/replication.ts';
import {
  localUses,
  MOST_COUNTED,
  QUOTA_WINDOW_MS,
  replaceRemote,
  type Amounts,
  type QuotaWindow,
  type Use,
} from './quota.ts';

/** How finely uses are replicated: rounded up, so that they never count too briefly elsewhere. */
const STEP_MS = 1000;

/** leftMs, requests, tokens, for each use. */
const COLUMNS = 3;

/** What this instance admitted, for the others: how much, and for how much longer it counts; null: nothing. */
export function usesPart(window: QuotaWindow, now: number): LocalPart | null {
  const byLeftMs = new Map<number, Amounts>();
  for (const { untilMs, requests, tokens } of localUses(window, now)) {
    const leftMs = Math.ceil((untilMs - now) / STEP_MS) * STEP_MS;
    const known = byLeftMs.get(leftMs);
    byLeftMs.set(leftMs, {
      requests: (known?.requests ?? 0) + requests,
      tokens: (known?.tokens ?? 0) + tokens,
    });
  }
  if (byLeftMs.size === 0) return null;
  const row = [...byLeftMs].flatMap(([leftMs, { requests, tokens }]) => [leftMs, requests, tokens]);
  return { row, holdsMs: Math.max(...byLeftMs.keys()) };
}

/** Puts what the other instances admitted in the place of what is known of it. */
export function mergeUses(window: QuotaWindow, parts: readonly RemotePart[], now: number): void {
  replaceRemote(
    window,
    parts.flatMap((part) => usesOf(part, now)),
    now,
  );
}

function usesOf({ row, ageMs }: RemotePart, now: number): Use[] {
  const uses: Use[] = [];
  for (let at = 0; at + COLUMNS <= row.length; at += COLUMNS) {
    const [leftMs = 0, requests = 0, tokens = 0] = row.slice(at, at + COLUMNS);
    uses.push({
      untilMs: now + Math.min(leftMs, QUOTA_WINDOW_MS) - ageMs,
      requests: Math.min(requests, MOST_COUNTED),
      tokens: Math.min(tokens, MOST_COUNTED),
    });
  }
  return uses;
}
