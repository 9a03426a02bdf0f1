import { InvalidInputError } from '../expected-error.ts';
import { IssueList, type InputIssue } from './issues.ts';
import type { Rule } from './rules.ts';

/** What a pure rule makes of an input: the value, or every reason why there is none. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly InputIssue[] };

type Step = string | number;
type Field<Input, Name extends keyof Input> = NonNullable<Input[Name]>;

/**
 * Reads an input field by field, and collects every broken rule with its place. What it returns of a field is
 * meaningful only when nothing was broken.
 */
export class InputReader<Input extends object> {
  readonly raw: Input;
  readonly #path: readonly string[];
  readonly #issues: IssueList;
  readonly #issuesBefore: number;

  /** `path` is where the input stands in the whole, to whose issues its own are added. */
  constructor(raw: Input, path: readonly string[] = [], issues = new IssueList()) {
    this.raw = raw;
    this.#path = path;
    this.#issues = issues;
    this.#issuesBefore = issues.count();
  }

  /** A field that must be there. */
  required<Name extends keyof Input & string, Out>(name: Name, rule: Rule<Field<Input, Name>, Out>): Out {
    return this.#read(name, rule, undefined, undefined) as Out;
  }

  /** A field that may be empty: absent it keeps its value, if it has one, and null empties it. */
  nullable<Name extends keyof Input & string, Out>(
    name: Name,
    rule: Rule<Field<Input, Name>, Out>,
    kept: Out | null = null,
  ): Out | null {
    return this.#read(name, rule, kept, null) as Out | null;
  }

  /**
   * A field that keeps its value when it is absent (undefined: there is none to keep, so it must be given), and that
   * null sets back to `cleared` (absent: it cannot be empty).
   */
  kept<Name extends keyof Input & string, Out, Kept extends Out | null | undefined>(
    name: Name,
    rule: Rule<Field<Input, Name>, Out>,
    kept: Kept,
    cleared?: Out | Kept,
  ): Out | Exclude<Kept, undefined> {
    return this.#read(name, rule, kept, cleared) as Out | Exclude<Kept, undefined>;
  }

  #read<Name extends keyof Input & string>(
    name: Name,
    rule: Rule<Field<Input, Name>, unknown>,
    kept: unknown,
    cleared: unknown,
  ): unknown {
    const value: Input[Name] | null | undefined = this.raw[name];
    if (value == null) {
      const isAbsent = value === undefined;
      if ((isAbsent ? kept : cleared) === undefined)
        this.refuse(isAbsent ? 'is required' : 'cannot be empty', name);
      return isAbsent ? kept : cleared;
    }
    const read = rule.read(value);
    if (read === undefined) this.refuse(rule.message, name);
    return read ?? kept;
  }

  /** Names a broken rule; without a path it is one of the input as a whole. */
  refuse(message: string, ...path: readonly Step[]): void {
    this.#issues.add({ path: [...this.#path, ...path.map(String)], message });
  }

  /** Reads an input that stands within this one. */
  within<Inner extends object>(raw: Inner, ...path: readonly Step[]): InputReader<Inner> {
    return new InputReader(raw, [...this.#path, ...path.map(String)], this.#issues);
  }

  /** Whether no rule was broken since this reader was made. */
  isSound(): boolean {
    return this.#issues.count() === this.#issuesBefore;
  }

  /** What was made of the input, unless a rule was broken. */
  checked<T>(value: T): Checked<T> {
    return this.#issues.count() === 0 ? { ok: true, value } : { ok: false, issues: this.#issues.shown() };
  }
}

/** What was made of an input; throws InvalidInputError when it breaks a rule. */
export function requireSound<T>(result: Checked<T>): T {
  if (!result.ok) throw new InvalidInputError(result.issues);
  return result.value;
}
