// Started by `startReaders`: asks a server for much, in a process of its own.
import { drawRead } from '../../../bench/neighbour-reads.ts';
import { createNumbers } from '../seeded-numbers.ts';
import type { ReadersTold, ReadersToldOf } from './reader-process.ts';

const SEED = 4711;
const draw = createNumbers(SEED);
const messages = new Set<string>();
let answered = 0;
let reading = Promise.resolve<unknown>(undefined);
let isOver = true;

process.on('message', ({ atOnce, url, key }: ReadersTold) => {
  if (atOnce > 0) {
    isOver = false;
    reading = Promise.all(Array.from({ length: atOnce }, () => readOn(url, key)));
    // Those who measure begin when all of it is under way.
    tell();
    return;
  }
  isOver = true;
  void reading.then(tell);
});

async function readOn(url: string, key: string): Promise<void> {
  while (!isOver) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: drawRead(draw) }),
    });
    const { errors = [] } = (await response.json()) as {
      errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
    };
    answered += 1;
    // Whose tenant reads too much is told so.
    for (const { message, extensions } of errors)
      if (extensions?.code !== 'RATE_LIMITED') messages.add(message);
  }
}

function tell(): void {
  const told: ReadersToldOf = { answered, messages: [...messages] };
  process.send?.(told);
}
