import { showText } from './printable.ts';

/** One fault of an input: where it is (field names and list indexes, outermost first) and what would be right. */
export interface InputIssue {
  readonly path: readonly string[];
  readonly message: string;
}

/** What the issues of one input may take. A path may hold names that its sender chose. */
export const issueLimits = { issues: 50, characters: 500, steps: 20, stepCharacters: 100 } as const;

/**
 * The issues that an answer has room for, each cut to its length; where there are more, the last one says how many are
 * left out. `count`: how many there are, when only the first of them were kept.
 */
export function boundIssues(issues: readonly InputIssue[], count = issues.length): readonly InputIssue[] {
  if (count <= issueLimits.issues) return issues.map(boundIssue);
  const shown = issues.slice(0, issueLimits.issues - 1).map(boundIssue);
  return [...shown, { path: [], message: `has ${count - shown.length} more faults, which are not shown` }];
}

function boundIssue({ path, message }: InputIssue): InputIssue {
  const { steps, stepCharacters, characters } = issueLimits;
  return {
    path: path.slice(0, steps).map((step) => showText(step, stepCharacters)),
    message: showText(message, characters),
  };
}

/** Issues while they are found: all are counted, and as many kept as can be shown. */
export class IssueList {
  readonly #kept: InputIssue[] = [];
  #count = 0;

  add(issue: InputIssue): void {
    this.#count += 1;
    if (this.#kept.length < issueLimits.issues) this.#kept.push(issue);
  }

  count(): number {
    return this.#count;
  }

  /** As `boundIssues`. */
  shown(): readonly InputIssue[] {
    return boundIssues(this.#kept, this.#count);
  }
}
