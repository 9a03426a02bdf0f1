import { InvalidInputError } from '../system/expected-error.ts';
import { isPrintable } from '../system/input/printable.ts';

/** Throws InvalidInputError that names each of these arguments whose text no row can hold; a dot leads into an argument. */
export function requirePrintable(args: Readonly<Record<string, string | null | undefined>>): void {
  const issues = Object.entries(args)
    .filter(([, text]) => text != null && !isPrintable(text))
    .map(([name]) => ({ path: name.split('.'), message: 'must have printable characters only' }));
  if (issues.length > 0) throw new InvalidInputError(issues);
}
