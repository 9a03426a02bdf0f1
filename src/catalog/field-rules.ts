import { toScaledInteger } from '../system/decimal.ts';
import type { InputIssue } from '../system/expected-error.ts';

/** What a rule makes of a field's value: the value as it is kept, or what would be right instead. */
export type Checked<T> = { readonly value: T } | { readonly fault: string };

export type Rule<In, Out> = (value: In) => Checked<Out>;

/** What came of an input: the row as it should be, or every fault that could be found. */
export type Revision<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Rule<number, number> {
  return (value) =>
    Number.isSafeInteger(value) && value >= min && value <= max
      ? { value }
      : { fault: `must be a whole number from ${min} to ${max}` };
}

/** A number from 0 to `max` with at most `decimals` decimals, kept as the integer `value · 10^decimals`. */
export function decimal(max: number, decimals: number): Rule<number, number> {
  return (value) => {
    const scaled = value >= 0 && value <= max ? toScaledInteger(value, decimals) : undefined;
    return scaled === undefined
      ? { fault: `must be a number from 0 to ${max} with at most ${decimals} decimals` }
      : { value: scaled };
  };
}

/** A text of a form. `form` finishes the sentence "must be …"; the text itself is never repeated. */
export function text(isRight: (value: string) => boolean, form: string): Rule<string, string> {
  return (value) => (isRight(value) ? { value } : { fault: `must be ${form}` });
}

/** A text for people. */
export const displayText = text(
  (value) => /^(?=.*\S)[^\p{C}]{1,200}$/u.test(value),
  'a text of 1 to 200 printable characters, not blank',
);

/** One of a few texts. */
export function oneOf<T extends string>(choices: readonly T[]): Rule<string, T> {
  return (value) => {
    const choice = choices.find((each) => each === value);
    return choice === undefined ? { fault: `must be one of ${choices.join(', ')}` } : { value: choice };
  };
}

/** A switch: either way is right. */
export const toggle: Rule<boolean, boolean> = (value) => ({ value });

/** What a field is when its input is silent (`kept`), and when its input is null (`cleared`). */
export interface FieldDefaults<Out> {
  /** Undefined: the field must be given. */
  readonly kept: Out | undefined;
  /** Undefined: the field cannot be empty. */
  readonly cleared?: Out;
}

/**
 * Reads the fields of one input and collects what is wrong with them in `issues`. What `read` returns is
 * meaningful only while `issues` is empty.
 */
export function createFieldReader<Input extends object>(input: Input) {
  const issues: InputIssue[] = [];
  function read<Name extends keyof Input & string, Out>(
    name: Name,
    rule: Rule<NonNullable<Input[Name]>, Out>,
    defaults: FieldDefaults<Out>,
  ): Out {
    const value: Input[Name] | null | undefined = input[name];
    if (value === undefined) {
      if (defaults.kept === undefined) issues.push({ path: [name], message: 'is required' });
      return defaults.kept as Out;
    }
    if (value === null) {
      if (defaults.cleared === undefined) issues.push({ path: [name], message: 'cannot be empty' });
      return defaults.cleared as Out;
    }
    const checked = rule(value);
    if ('value' in checked) return checked.value;
    issues.push({ path: [name], message: checked.fault });
    return defaults.kept as Out;
  }
  return { issues, read };
}
