import { toScaledInteger } from './decimal.ts';
import { isPrintable } from './printable.ts';

/** What a field of an input may be. */
export interface Rule<In, Out> {
  /** The value as it is kept; undefined: it breaks the rule. */
  readonly read: (value: In) => Out | undefined;
  /** What would be right, for whoever sent it, e.g. `must be …`. Never repeats a value: people paste secrets. */
  readonly message: string;
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Rule<number, number> {
  return {
    read: (value) => (Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined),
    message: `must be a whole number from ${min} to ${max}`,
  };
}

/** Any number from `min` to `max`. */
export function between(min: number, max: number): Rule<number, number> {
  return {
    read: (value) => (value >= min && value <= max ? value : undefined),
    message: `must be from ${min} to ${max}`,
  };
}

/** A number from 0 to `max` with at most `decimals` decimals, kept as the integer `value · 10^decimals`. */
export function decimal(max: number, decimals: number): Rule<number, number> {
  return {
    read: (value) => (value >= 0 && value <= max ? toScaledInteger(value, decimals) : undefined),
    message: `must be a number from 0 to ${max} with at most ${decimals} decimals`,
  };
}

/** A text of a form, which finishes the sentence "must be …". */
export function text(isRight: (value: string) => boolean, form: string): Rule<string, string> {
  return { read: (value) => (isRight(value) ? value : undefined), message: `must be ${form}` };
}

/** A text of one line for people, of `min` to `max` characters (code points); one that must be there says something. */
export function line(min: 0 | 1, max: number): Rule<string, string> {
  return {
    read(value) {
      const isRight = hasAtMost(value, max) && isPrintable(value) && (min === 0 || value.trim() !== '');
      return isRight ? value : undefined;
    },
    message: `must have ${min === 0 ? 'at most' : '1 to'} ${max} printable characters`,
  };
}

/** Whether a text has at most so many characters (code points); takes no longer for a long text than for a short one. */
export function hasAtMost(value: string, characters: number): boolean {
  return value.length <= 2 * characters && [...value].length <= characters;
}

/** One of a few texts. */
export function oneOf<T extends string>(choices: readonly T[]): Rule<string, T> {
  return {
    read: (value) => choices.find((each) => each === value),
    message: `must be one of ${choices.join(', ')}`,
  };
}

/** An instant, milliseconds since the epoch, that is still to come. */
export function laterThan(now: number): Rule<number, number> {
  return { read: (value) => (value > now ? value : undefined), message: 'must lie in the future' };
}

/** Whatever was sent: its type says all there is to say, or it is judged together with other fields. */
export function anything<T>(): Rule<T, T> {
  return { read: (value) => value, message: '' };
}
