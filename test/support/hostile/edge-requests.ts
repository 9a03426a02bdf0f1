import { chatParameters } from '../../../src/edges/chat/parameters.ts';
import { extensionHeaders, EXTENSIONS } from '../../../src/edges/common/extensions.ts';
import { embeddingsParameters } from '../../../src/edges/embeddings/parameters.ts';
import { messagesParameters } from '../../../src/edges/messages/parameters.ts';
import { responsesParameters } from '../../../src/edges/responses/parameters.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/system/json.ts';
import { soundBodies } from './edge-bodies.ts';
import type { FuzzedRequest } from './http-requests.ts';
import type { Picker } from './picker.ts';
import { anyValue, oddTexts } from './values.ts';

/** The paths of the clients' APIs, and the parameters that each documents. */
const tables: Readonly<Record<keyof typeof soundBodies, object>> = {
  '/v1/chat/completions': chatParameters,
  '/v1/responses': responsesParameters,
  '/v1/messages': messagesParameters,
  '/v1/messages/count_tokens': messagesParameters,
  '/v1/embeddings': embeddingsParameters,
};
const paths = Object.keys(tables) as (keyof typeof soundBodies)[];

/** Texts that a header field can have. */
const oddFields = oddTexts.filter((text) => /^[ -~]*$/.test(text));

/** Draws requests to the clients' APIs: sound ones of every kind of part, of which anything is then something else. */
export function createEdgeFuzzer(picker: Picker, keys: readonly string[]) {
  const anything = () => anyValue(picker) as JsonValue;

  /** A copy in which so many parts, 0..1, are gone, something else, repeated or called otherwise. */
  function mutated(value: JsonValue, odd: number): JsonValue {
    if (picker.chance(odd)) return picker.pick([anything, () => [value], () => ({ value })])();
    if (Array.isArray(value)) {
      const list = (value as readonly JsonValue[])
        .filter(() => !picker.chance(odd))
        .map((each) => mutated(each, odd));
      return picker.chance(odd) ? [...list, ...list, anything()] : list;
    }
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).filter(() => !picker.chance(odd));
    const changed = entries.map(([name, each]) => [
      picker.chance(odd) ? picker.pick(oddTexts) : name,
      mutated(each, odd),
    ]);
    return Object.fromEntries(changed) as JsonObject;
  }

  /** The header fields that say what a body has no words for, some of them odd. */
  function extensions(): Record<string, string> {
    const names = [...Object.values(extensionHeaders), 'idempotency-key', 'anthropic-beta', 'x-session-id'];
    return Object.fromEntries(
      picker.times(picker.pick([0, 0, 1, 2]), () => [picker.pick(names), picker.pick(oddFields)]),
    );
  }

  function body(path: keyof typeof soundBodies): JsonObject {
    const documented = Object.fromEntries(
      picker.times(picker.pick([0, 0, 0, 1, 3]), () => [picker.pick(Object.keys(tables[path])), anything()]),
    );
    const said = picker.chance(0.1) ? { [EXTENSIONS]: anything() } : {};
    return { ...soundBodies[path], ...documented, ...said };
  }

  function posted(): FuzzedRequest {
    const path = picker.pick(paths);
    const value = mutated(body(path), picker.pick([0, 0.004, 0.01, 0.05]));
    const stream = picker.chance(0.4) && isJsonObject(value) ? { ...value, stream: true } : value;
    const key = picker.pick(keys);
    const credential: Record<string, string> = picker.chance(0.7)
      ? { authorization: `Bearer ${key}` }
      : { 'x-api-key': key, 'anthropic-version': picker.pick(['2023-06-01', ...oddFields]) };
    const text = JSON.stringify(stream);
    return {
      ...{ kind: path, method: 'POST', path, body: text, leaves: true },
      headers: {
        ...credential,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        ...extensions(),
      },
    };
  }

  function read(): FuzzedRequest {
    const id = picker.pick([
      '',
      '/',
      ...oddTexts.map((text) => `/${encodeURIComponent(text.toWellFormed())}`),
    ]);
    const query = picker.pick(['', '?limit=-1', '?limit=1e9&after_id=%00', '?before_id=x&after_id=y', '?a']);
    const headers: Record<string, string> = { authorization: `Bearer ${picker.pick(keys)}` };
    if (picker.chance(0.5)) headers['anthropic-version'] = '2023-06-01';
    const path = `${picker.pick(['/v1/models', '/v1/models', '/v1', '/v1/files'])}${id}${query}`;
    return { kind: 'models', method: picker.pick(['GET', 'GET', 'POST', 'DELETE']), path, headers, body: '' };
  }

  return { next: (): FuzzedRequest => (picker.chance(0.9) ? posted() : read()) };
}
