import type { JsonValue } from '../../system/json.ts';
import type { JsonReader } from './json-reader.ts';

/**
 * What becomes of a parameter. `translated`: it is said in the product's own words to whichever model is chosen.
 * `passed`: providers that speak the same dialect get it as it is. `refused`: 400, whatever it says unless that is as
 * good as nothing. `harmless`: it asks for nothing that an answer lacks.
 */
export type Fate = 'translated' | 'passed' | 'refused' | 'harmless';

/** What an API makes of one of its parameters. */
export interface Parameter {
  readonly fate: Fate;
  /** For people: what it becomes, where it goes, or why it is refused. */
  readonly note: string;
  /** Values of a refused one that are as good as absent; null always is. */
  readonly neutral?: readonly JsonValue[];
}

/** Every documented parameter of an API. */
export type ParameterTable = Readonly<Record<string, Parameter>>;

/** The names in a body that a table does not have. */
export function unknownParameters(body: JsonReader, table: ParameterTable): readonly string[] {
  return body.names().filter((name) => !Object.hasOwn(table, name));
}

/** Throws ParameterError for a parameter that the table refuses or does not know. */
export function checkParameters(body: JsonReader, table: ParameterTable): void {
  for (const name of unknownParameters(body, table)) body.refuse(name, 'is no parameter that is known here');
  checkKnownParameters(body, table);
}

/** Throws ParameterError for a parameter that the table refuses. */
export function checkKnownParameters(body: JsonReader, table: ParameterTable): void {
  for (const name of body.names()) {
    const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
    if (parameter?.fate !== 'refused') continue;
    const value = JSON.stringify(body.raw(name));
    const isNeutral = (parameter.neutral ?? []).some((each) => JSON.stringify(each) === value);
    if (!isNeutral) body.refuse(name, `is not supported: ${parameter.note}`);
  }
}

/** The parameters of a body that go to providers of the same dialect as they are; undefined: there are none. */
export function passedOn(
  body: JsonReader,
  table: ParameterTable,
): Readonly<Record<string, JsonValue>> | undefined {
  const passed = body.names().filter((name) => table[name]?.fate === 'passed');
  if (passed.length === 0) return undefined;
  return Object.fromEntries(passed.map((name) => [name, body.raw(name) ?? null]));
}
