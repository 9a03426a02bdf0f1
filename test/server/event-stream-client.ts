import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect } from 'vitest';
import { patience } from '../support/graphql/socket-client.ts';

/** A client of a subscription over SSE. */
export interface EventStreamClient {
  readonly response: IncomingMessage;
  /** Resolves when the response has ended or was cut. */
  readonly closed: Promise<unknown>;
  /** What has been received, without the comments that keep the connection alive. */
  text(): string;
  /** Waits for a part of what is received. */
  until(part: string): Promise<void>;
  /** Vanishes without a word. */
  vanish(): void;
}

/** Subscribes over SSE; a `reading` of false leaves everything in the kernel. */
export async function openEventStream(
  url: string,
  query: string,
  reading = true,
): Promise<EventStreamClient> {
  const asked = request(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: 'Bearer good',
    },
  });
  asked.on('error', () => {});
  asked.end(JSON.stringify({ query }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('error', () => {});
  if (reading) response.on('data', (chunk: string) => (text += chunk));
  return {
    ...{ response, closed: new Promise((resolve) => response.once('close', resolve)) },
    text: () => text.replaceAll(/^:\n\n/gm, ''),
    until: (part) => expect.poll(() => text, patience).toContain(part),
    vanish: () => asked.destroy(),
  };
}
