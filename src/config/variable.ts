import { readPostgresUrl } from '../storage/postgres-url.ts';

/** One environment variable: the only place that knows its name, its default and what it may hold. */
export interface Variable<T> {
  readonly name: string;
  /** The value when the variable is absent or empty. */
  readonly fallback: T;
  /** What the absence of a value means, where `fallback` itself does not say it. */
  readonly fallbackMeaning?: string;
  /** Completes the sentence "NAME must be …". */
  readonly allowed: string;
  /** One sentence for the configuration's readers. */
  readonly meaning: string;
  /** Its value never appears in messages or descriptions. */
  readonly secret: boolean;
  /** What is wrong with a text that is not allowed, where it can be said; repeats nothing of it. */
  flaw?(text: string): string | undefined;
  /** The value that `text` (not empty) stands for, or undefined when it is not allowed. */
  parse(text: string): T | undefined;
}

/** Whole decimal numbers between two bounds, both allowed. */
export function integer(least: number, most: number): Pick<Variable<number>, 'allowed' | 'parse'> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    parse(text) {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** Any text without control characters; whether something is there shows when it is opened. */
export function path(allowed: string): Pick<Variable<string>, 'allowed' | 'parse'> {
  return { allowed, parse: (text) => (/^\P{Cc}+$/u.test(text) ? text : undefined) };
}

/** A switch. */
export function onOrOff(): Pick<Variable<boolean>, 'allowed' | 'parse'> {
  const values: ReadonlyMap<string, boolean> = new Map([
    ['on', true],
    ['off', false],
  ]);
  return { allowed: 'on or off', parse: (text) => values.get(text) };
}

/** A connection string of Postgres. */
export function postgresUrl(): Pick<Variable<string>, 'allowed' | 'flaw' | 'parse'> {
  const isPostgres = (text: string) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '');
  return {
    allowed: 'a URL that begins with postgres:// or postgresql://',
    flaw(text) {
      if (!isPostgres(text)) return undefined;
      const read = readPostgresUrl(text);
      return 'flaw' in read ? read.flaw : undefined;
    },
    parse: (text) => (isPostgres(text) && !('flaw' in readPostgresUrl(text)) ? text : undefined),
  };
}

/** An amount of USD, 0 to `most`, with at most six decimals; its value is integer micro-USD. */
export function usd(most: number): Pick<Variable<number>, 'allowed' | 'parse'> {
  return {
    allowed: `an amount of USD from 0 to ${most} with at most six decimals`,
    parse(text) {
      const value = /^\d{1,4}(?:\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1_000_000) : Number.NaN;
      return value <= most * 1_000_000 ? value : undefined;
    },
  };
}
