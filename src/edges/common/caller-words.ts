import type { RawRouteInput } from '../../routing/request/raw-route-input.ts';
import type { Label } from '../../routing/request/request.ts';
import { showText } from '../../system/input/printable.ts';
import type { JsonReader } from './json-reader.ts';

/** Header fields of a request, names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** As long as a label's value may be. */
const LABEL_CHARACTERS = 200;

/** Names of header fields that say which session a call belongs to, the most telling first. */
const sessionHeaders = ['x-switchyard-session', 'x-claude-code-session-id', 'session-id', 'x-session-id'];

/** A header field that stands once; undefined: it does not, or is empty. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The session of a call that names none itself, by the header fields of clients that have sessions. */
export function sessionOf(headers: RequestHeaders): string | undefined {
  return sessionHeaders.map((name) => headerOf(headers, name)).find((value) => value !== undefined);
}

/**
 * `metadata` of an API as labels. APIs take longer values than labels have room for: those are cut, because they are
 * there to find a call again, and no answer depends on them.
 */
export function labelsOf(body: JsonReader, name: string): readonly Label[] {
  const metadata = body.object(name);
  if (metadata === undefined) return [];
  return metadata.names().map((each) => {
    const value = metadata.raw(each);
    if (typeof value !== 'string') return metadata.refuse(each, 'must be a text');
    return { name: each, value: showText(value, LABEL_CHARACTERS) };
  });
}

/** Labels of several sources; undefined: there are none. */
export function joinLabels(
  ...lists: readonly (RawRouteInput['labels'] | undefined)[]
): readonly Label[] | undefined {
  const labels = new Map(lists.flatMap((list) => list ?? []).map((label) => [label.name, label]));
  return labels.size === 0 ? undefined : [...labels.values()];
}
