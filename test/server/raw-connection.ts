import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import { patience } from '../support/graphql/socket-client.ts';

/** A connection on which a test writes whatever bytes it likes. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that came back so far. */
  text(): string;
  /** The statuses of the answers so far. */
  statuses(): number[];
  /** Waits until so many answers have come. */
  answered(count: number): Promise<void>;
  readonly closed: Promise<unknown>;
}

/** Connects; what goes wrong later is part of what is tested. */
export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.on('error', () => {});
  const text = () => Buffer.concat(chunks).toString('latin1');
  const statuses = () => [...text().matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  return {
    ...{ socket, text, statuses, closed },
    answered: (count) => expect.poll(() => statuses().length, patience).toBeGreaterThanOrEqual(count),
  };
}

/** The head of a request for an operation, with these fields beside the usual ones. */
export function headOf(fields: readonly string[], key = 'good', version = '1.1'): string {
  return [
    `POST /graphql HTTP/${version}`,
    'Host: test',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    ...fields,
    '',
    '',
  ].join('\r\n');
}

/** An operation as a body. */
export const helloBody = JSON.stringify({ query: '{ hello }' });
