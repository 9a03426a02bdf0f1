import type { ServerResponse } from 'node:http';
import type { Pace } from '../../graphql/pace.ts';
import type { Timers } from '../../system/timers.ts';
import { sendJsonText } from './fault.http.ts';
import type { JsonParts } from './json-parts.ts';
import { roomIn } from '../../server/bounds/room.ts';

/** Characters of a part: some milliseconds' worth. */
const PART_CHARACTERS = 256 * 1024;

/**
 * Answers with JSON in parts, as fast as it is read; `pace` lets others have their turn between them. What fits into one
 * part is sent with its length, as any other answer. Resolves when all is written or nobody reads any more.
 */
export async function sendJsonParts(
  response: ServerResponse,
  { texts }: JsonParts,
  headers: Readonly<Record<string, string>>,
  { timers, pace }: { readonly timers: Timers; readonly pace: Pace },
): Promise<void> {
  let slice = '';
  for (const text of texts) {
    slice += text;
    if (slice.length < PART_CHARACTERS) continue;
    if (!response.headersSent) {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers });
    }
    if (!response.write(slice)) await roomIn(response, timers);
    await pace.pass();
    if (response.destroyed) return;
    slice = '';
  }
  if (response.headersSent) response.end(slice);
  else sendJsonText(response, 200, slice, headers);
}
