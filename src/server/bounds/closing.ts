import type { ServerResponse } from 'node:http';

/** What is done when a response has closed, whether it was answered or its client left. */
export interface Closing {
  /** Also of one that has closed already: then it is done at once. */
  add(task: () => void): void;
}

/** Listens once for all that is to be done: each listener more costs as much as some of those tasks. */
export function closingOf(response: ServerResponse): Closing {
  const tasks: (() => void)[] = [];
  let isClosed = response.closed;
  response.once('close', () => {
    isClosed = true;
    for (const task of tasks) task();
  });
  return {
    add(task) {
      if (isClosed) task();
      else tasks.push(task);
    },
  };
}
