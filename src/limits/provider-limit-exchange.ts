import type { SharedUse } from './quota.ts';

/** An allowance as an instance has read it in a response's headers. */
export interface SharedReading {
  readonly limit: number | null;
  readonly remaining: number;
  /** Milliseconds until it is full again, and since it was read. */
  readonly leftMs: number;
  readonly agoMs: number;
  /** Whether the provider itself said when it is full again. */
  readonly resets: boolean;
  /** For how long nothing is sent if nothing remains. */
  readonly waitMs: number;
}

/** What an instance has met of a model. */
export interface SharedModel {
  readonly key: string;
  /** Milliseconds for which it still cools, 0: not at all; and the cool-down that nobody asked for. */
  readonly coolingMs: number;
  readonly backOffMs: number;
  readonly requests: SharedReading | null;
  readonly tokens: SharedReading | null;
}

/** A provider or model that is down for good, by its scope's name. */
export interface SharedHardDown {
  readonly name: string;
  readonly leftMs: number;
  /** Milliseconds since it was marked. */
  readonly agoMs: number;
  readonly catalogVersion: number;
}

/** A scope that was found well again, which undoes what was marked longer ago. */
export interface SharedLift {
  readonly name: string;
  readonly leftMs: number;
  readonly agoMs: number;
}

/** All that one instance has met and sent itself, in durations: instances have no clock in common. */
export interface SharedLimits {
  readonly providers: readonly { readonly slug: string; readonly uses: readonly SharedUse[] }[];
  readonly models: readonly SharedModel[];
  readonly hardDowns: readonly SharedHardDown[];
  readonly lifts: readonly SharedLift[];
}

/** Tells the instances of a fleet what each of them knows of the limits of providers. */
export interface ProviderLimitExchange {
  /**
   * Puts what this instance knows in the place of what it told before, and resolves with what each of the others
   * has told, as far as it still holds. Rejects, without much delay, while they cannot be reached; whether they
   * were told is then unknown, and telling them again does no harm.
   */
  exchange(own: SharedLimits): Promise<readonly SharedLimits[]>;
}

/** For how long the longest-lived part of it holds, milliseconds; 0: there is nothing to tell. */
export function holdsMs({ providers, models, hardDowns, lifts }: SharedLimits): number {
  let longestMs = 0;
  const consider = (leftMs: number): void => void (longestMs = Math.max(longestMs, leftMs));
  for (const { uses } of providers) for (const { leftMs } of uses) consider(leftMs);
  for (const { coolingMs, requests, tokens } of models) {
    for (const leftMs of [coolingMs, requests?.leftMs ?? 0, tokens?.leftMs ?? 0]) consider(leftMs);
  }
  for (const { leftMs } of [...hardDowns, ...lifts]) consider(leftMs);
  return longestMs;
}
