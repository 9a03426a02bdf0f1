import type { JsonValue } from '../system/json.ts';

/**
 * The one text of a value, by RFC 8785 (JSON Canonicalization Scheme): what is hashed is what is stored.
 * Throws a TypeError that names the path of whatever JSON would drop, change or lose: undefined, a number that
 * is not finite or an integer beyond 2^53 − 1, a lone surrogate, an object that is not plain. Nothing is repaired.
 */
export function canonicalize(value: JsonValue): string {
  return write(value, []);
}

/** Where a value stands: the names and places that lead to it. */
type Path = (string | number)[];

function write(value: unknown, path: Path): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, path);
    case 'number':
      return writeNumber(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path);
    default:
      return refuse(`${typeof value} is not JSON`, path);
  }
}

/** Texts that JSON writes as they are; nearly all are such. */
const PLAIN = /^[ !#-[\]-~]*$/;

function writeString(value: string, path: Path): string {
  if (PLAIN.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) refuse('a lone surrogate has no UTF-8 form', path);
  return JSON.stringify(value);
}

function writeNumber(value: number, path: Path): string {
  if (!Number.isFinite(value)) refuse(`${value} is not JSON`, path);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    refuse('an integer beyond 2^53 − 1 may have lost digits; write it as a string', path);
  }
  // As JSON has it: without the sign of a negative zero.
  return String(value);
}

function writeArray(items: readonly unknown[], path: Path): string {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    path.push(index);
    text += (index === 0 ? '' : ',') + write(items[index], path);
    path.pop();
  }
  return `${text}]`;
}

function writeObject(object: object, path: Path): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) refuse('only plain objects are JSON', path);
  const keys = Object.keys(object);
  // The default order of sort() is the RFC's: by UTF-16 code units.
  if (!areSorted(keys)) keys.sort();
  let text = '{';
  for (const key of keys) {
    path.push(key);
    text += `${text === '{' ? '' : ','}${writeString(key, path)}:${write((object as Record<string, unknown>)[key], path)}`;
    path.pop();
  }
  return `${text}}`;
}

/** So they are wherever an object was written down in this order. */
function areSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return false;
  }
  return true;
}

function refuse(reason: string, path: Readonly<Path>): never {
  throw new TypeError(`Not canonical JSON at ${path.length === 0 ? 'the root' : path.join('.')}: ${reason}`);
}
