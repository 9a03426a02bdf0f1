import { InvalidInputError } from '../../system/expected-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../system/json.ts';

type Path = readonly (string | number)[];

/** What a caller sent breaks a rule of the API that it speaks; the path is in that API's own words. */
export class ParameterError extends InvalidInputError {
  constructor(message: string, path: Path) {
    super([{ path: path.map(String), message }]);
  }
}

/** The text of a path as APIs name parameters: `messages[0].content`. */
export function paramOf(path: Path): string {
  return path
    .map((step, index) => (/^\d+$/.test(String(step)) ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/**
 * Reads JSON that may be anything, field by field; null is as good as absent. Throws ParameterError at the first field
 * that is not what it must be.
 */
export class JsonReader {
  /** What it reads, as it is. */
  readonly value: JsonObject;
  readonly path: Path;

  constructor(value: JsonObject, path: Path = []) {
    this.value = value;
    this.path = path;
  }

  /** A field as it is; undefined: it is absent or null. */
  raw(name: string): JsonValue | undefined {
    return Object.hasOwn(this.value, name) ? (this.value[name] ?? undefined) : undefined;
  }

  /** The names of the fields that are there. */
  names(): readonly string[] {
    return Object.keys(this.value).filter((name) => this.value[name] !== null);
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(name, 'must be a text');
  }

  requiredText(name: string): string {
    return this.text(name) ?? this.refuse(name, 'is required');
  }

  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'number') return value;
    return this.refuse(name, 'must be a number');
  }

  boolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.refuse(name, 'must be true or false');
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.raw(name);
    const choice = choices.find((each) => each === value);
    if (value === undefined || choice !== undefined) return choice;
    return this.refuse(name, `must be one of ${choices.join(', ')}`);
  }

  object(name: string): JsonReader | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    return isJsonObject(value) ? this.#within(value, name) : this.refuse(name, 'must be an object');
  }

  requiredObject(name: string): JsonReader {
    return this.object(name) ?? this.refuse(name, 'is required');
  }

  list(name: string): readonly JsonValue[] | undefined {
    const value = this.raw(name);
    if (value === undefined || isList(value)) return value;
    return this.refuse(name, 'must be a list');
  }

  /** A list of objects. */
  objects(name: string): readonly JsonReader[] | undefined {
    return this.list(name)?.map((each, index) =>
      isJsonObject(each) ? this.#within(each, name, index) : this.refuse([name, index], 'must be an object'),
    );
  }

  /** A list of texts. */
  texts(name: string): readonly string[] | undefined {
    return this.list(name)?.map((each, index) =>
      typeof each === 'string' ? each : this.refuse([name, index], 'must be a text'),
    );
  }

  /** Refuses every field that is none of these. */
  only(names: readonly string[]): void {
    const unknown = this.names().find((name) => !names.includes(name));
    if (unknown !== undefined) this.refuse(unknown, 'is not known here');
  }

  /** Names a broken rule of a field, or of what stands at a path below this. */
  refuse(where: string | Path, message: string): never {
    throw new ParameterError(message, [...this.path, ...(typeof where === 'string' ? [where] : where)]);
  }

  #within(value: JsonObject, ...steps: Path): JsonReader {
    return new JsonReader(value, [...this.path, ...steps]);
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
