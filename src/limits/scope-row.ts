import type { LocalPart, RemotePart } from '../fleet/replication.ts';
import { HARD_DOWN_MS, LIFT_MS, type ScopeKnowledge } from './hard-down.ts';

/** What this instance knows of a scope itself, for the others; null: nothing that still holds. */
export function scopePart({ down, lift }: ScopeKnowledge, now: number): LocalPart | null {
  const downMs = Math.max(0, (down?.untilMs ?? now) - now);
  const liftMs = Math.max(0, (lift?.untilMs ?? now) - now);
  const holdsMs = Math.max(downMs, liftMs);
  if (holdsMs === 0) return null;
  const row = [
    ...[downMs, now - (down?.markedAtMs ?? now), down?.catalogVersion ?? 0],
    ...[liftMs, now - (lift?.atMs ?? now)],
  ];
  return { row, holdsMs };
}

/** What another instance knows of it, for no longer than an instance can have met. */
export function scopeOf({ row, ageMs }: RemotePart, now: number): ScopeKnowledge {
  const [downMs = 0, markedAgoMs = 0, catalogVersion = 0, liftMs = 0, liftedAgoMs = 0] = row;
  const downUntilMs = now + Math.min(downMs, HARD_DOWN_MS) - ageMs;
  const liftUntilMs = now + Math.min(liftMs, LIFT_MS) - ageMs;
  return {
    down:
      downUntilMs > now
        ? { untilMs: downUntilMs, markedAtMs: now - markedAgoMs - ageMs, catalogVersion }
        : null,
    lift: liftUntilMs > now ? { untilMs: liftUntilMs, atMs: now - liftedAgoMs - ageMs } : null,
  };
}
