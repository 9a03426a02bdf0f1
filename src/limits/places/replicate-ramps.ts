import type { LocalPart, RemotePart, ReplicatedState } from '../../fleet/replication.ts';
import { demandOf, mergeRampParts, type ModelPlaces, type RampPart } from './places.ts';
import { MOST_COUNTED } from '../quota.ts';
import { LONGEST_RAMP_MS } from './ramp.ts';

/**
 * What the instances of a fleet tell each other of models that have just recovered. `onMerged`: there is news. A model
 * that has not been called here is not in use: who begins to call it takes up what the others have told.
 */
export function replicateRamps(
  models: ReadonlyMap<string, ModelPlaces>,
  onMerged: (model: ModelPlaces) => void,
): ReplicatedState {
  return {
    kind: 'ramp',
    names: () => [...models].filter(([, { ramp }]) => ramp !== null).map(([key]) => key),
    isInUse: (key) => models.has(key),
    localPart(key, now) {
      const model = models.get(key);
      return model === undefined ? null : rampPart(model, now);
    },
    merge(key, parts, now) {
      const model = models.get(key);
      if (model === undefined) return;
      const told = parts.flatMap((part) => rampPartOf(part, now));
      mergeRampParts(model, told, now);
      onMerged(model);
    },
  };
}

/** What an instance tells is renewed while it holds: what is not told again does not for longer. */
const HOLDS_MS = 10_000;

/** What this instance knows of a model's recovery, for the others; null: nothing that still holds. */
function rampPart(model: ModelPlaces, now: number): LocalPart | null {
  const { recoveredAt, ramp, steadyPerSecond } = model;
  if (ramp === null || recoveredAt === null) return null;
  const row = [recoveredAt, now - ramp.beganMs, steadyPerSecond * 1_000, demandOf(model, now)];
  return { row, holdsMs: HOLDS_MS };
}

/** What another instance knows of it; nothing where no ramp can still go on. */
export function rampPartOf({ row, ageMs }: RemotePart, now: number): RampPart[] {
  const [recoveredAt = 0, agoMs = 0, steadyMilli = 0, demand = 0] = row;
  if (agoMs + ageMs >= LONGEST_RAMP_MS) return [];
  return [
    {
      recoveredAt,
      beganMs: now - agoMs - ageMs,
      steadyPerSecond: Math.min(steadyMilli / 1_000, MOST_COUNTED),
      demand: Math.min(demand, MOST_COUNTED),
      toldAtMs: now - ageMs,
    },
  ];
}
