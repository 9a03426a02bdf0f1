import { expect } from 'vitest';
import { greet, patience } from './socket-client.ts';

/** An operation as any transport takes it. */
export interface Sent {
  readonly url: string;
  readonly key: string;
  readonly query: string;
  readonly variables?: object;
}

/** The ways to send an operation, each with the whole answer as text: the same rules are to hold for all of them. */
export const transports: Readonly<Record<string, (sent: Sent) => Promise<string>>> = {
  POST: (sent) => overHttp(sent, 'application/json'),
  'server-sent events': (sent) => overHttp(sent, 'text/event-stream'),
  async GET({ url, key, query, variables = {} }) {
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    const headers = { authorization: `Bearer ${key}`, accept: 'application/json' };
    return (await fetch(`${url}/graphql?${search}`, { headers })).text();
  },
  async WebSocket({ url, key, query, variables = {} }) {
    const client = await greet(url, key);
    client.subscribe('1', query, variables);
    await expect.poll(() => client.messages.length, patience).toBeGreaterThan(1);
    client.socket.close();
    await client.closed;
    return JSON.stringify(client.messages.slice(1));
  },
};

async function overHttp({ url, key, query, variables = {} }: Sent, accept: string): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, accept, 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables });
  return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text();
}
