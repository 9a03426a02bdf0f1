/** A JSON object from outside. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * Makes one value from outside sound: returns it as it may be handed on, itself where nothing had to be changed;
 * undefined says that there is nothing to hand on.
 */
export type Rule = (value: unknown) => unknown;

/** A text, or the null that stands for none. */
export const text: Rule = (value) => (typeof value === 'string' || value === null ? value : undefined);

/** A text, where null is not understood. */
export const word: Rule = (value) => (typeof value === 'string' ? value : undefined);

/** A number that can be handed on as JSON; `1e400` cannot. */
export const number: Rule = (value) =>
  value === null || (typeof value === 'number' && Number.isFinite(value)) ? value : undefined;

/** A number, where null is not understood. */
export const figure: Rule = (value) => number(value) ?? undefined;

/** A truth value, or null. */
export const flag: Rule = (value) => (typeof value === 'boolean' || value === null ? value : undefined);

/** Whatever it is. */
export const anything: Rule = (value) => value;

/** Nothing, whatever was there: what we make no use of cannot be wrong. */
export const nothing: Rule = () => undefined;

/** What `rule` makes of it, else this. */
export function orElse(rule: Rule, fallback: unknown): Rule {
  return (value) => rule(value) ?? fallback;
}

/** The first of two that has something to hand on. */
export function either(first: Rule, second: Rule): Rule {
  return (value) => {
    const sound = first(value);
    return sound === undefined ? second(value) : sound;
  };
}

/** One of these texts. */
export function oneOf(...words: readonly string[]): Rule {
  return (value) => (typeof value === 'string' && words.includes(value) ? value : undefined);
}

/**
 * An object whose fields of these names follow their rules, and are left out where they do not; other fields stay as
 * they are. Without one of what it `needs` there is none.
 */
export function object(fields: Readonly<Record<string, Rule>>, needs: readonly string[] = []): Rule {
  const rules = Object.entries(fields);
  return (value) => {
    if (!isJson(value)) return undefined;
    let changed: Record<string, unknown> | undefined;
    for (const [name, rule] of rules) {
      const given = value[name];
      const sound = rule(given);
      if (sound === given) continue;
      changed ??= { ...value };
      if (sound === undefined) Reflect.deleteProperty(changed, name);
      else changed[name] = sound;
    }
    const result: Json = changed ?? value;
    return needs.every((name) => result[name] != null) ? result : undefined;
  };
}

/** A list without the items that do not follow the rule; null stays null. */
export function list(rule: Rule): Rule {
  return (value) => {
    if (value === null) return null;
    if (!Array.isArray(value)) return undefined;
    const given: readonly unknown[] = value;
    const sound = given.map(rule);
    const isAsGiven = sound.every((item, index) => item !== undefined && item === given[index]);
    return isAsGiven ? given : sound.filter((item) => item !== undefined);
  };
}

/** An object of a type in this table; of any other there is none. */
export function typed(types: Readonly<Record<string, Rule>>): Rule {
  const known = new Map(Object.entries(types));
  return (value) => (isJson(value) ? known.get(value['type'] as string)?.(value) : undefined);
}

/** What a provider has counted: numbers, and their details, which are numbers too. */
export const counts: Rule = (value) => {
  if (value === null) return null;
  if (!isJson(value)) return undefined;
  const entries = Object.entries(value);
  const sound = entries.map(([name, given]): [string, unknown] => [
    name,
    /details$/i.test(name) ? counts(given) : number(given),
  ]);
  const isAsGiven = sound.every(([, count], index) => count === entries[index]?.[1]);
  return isAsGiven ? value : Object.fromEntries(sound.filter(([, count]) => count !== undefined));
};

/** Text as it is, and what should have been JSON text as that. */
export const jsonText: Rule = (value) => (isJson(value) ? JSON.stringify(value) : text(value));

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
