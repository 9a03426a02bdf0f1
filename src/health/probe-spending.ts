/** What probes have cost in the last hour, or may cost that are under way: integer micro-USD. */
export interface Spending {
  readonly fleetMicroUsd: number;
  readonly ofModel: (key: string) => number;
}

/** Money is counted by slots of so long. */
export const SLOT_MS = 5 * 60_000;

/** The slots that an hour can touch. */
export const SLOTS_AN_HOUR = 13;

/** The part of the cap that a model's second probe in an hour and later ones leave to other models. */
const LEFT_TO_OTHERS = 0.5;

/** A probe that is due. */
export interface DueProbe {
  readonly key: string;
  /** The most that it can cost, integer micro-USD. */
  readonly mostMicroUsd: number;
}

/**
 * Which of the probes that are due fit under what all probes of the fleet may cost in any hour, integer micro-USD. In
 * their order, each counted at the most that it can cost, so that the cap holds whatever comes. Free ones always fit.
 */
export function affordable<Due extends DueProbe>(
  due: readonly Due[],
  spent: Spending,
  capMicroUsd: number,
): readonly Due[] {
  const ownCapMicroUsd = capMicroUsd * (1 - LEFT_TO_OTHERS);
  let leftMicroUsd = capMicroUsd - spent.fleetMicroUsd;
  return due.filter(({ key, mostMicroUsd }) => {
    if (mostMicroUsd === 0) return true;
    const own = spent.ofModel(key);
    if (mostMicroUsd > leftMicroUsd || (own > 0 && own + mostMicroUsd > ownCapMicroUsd)) return false;
    leftMicroUsd -= mostMicroUsd;
    return true;
  });
}
