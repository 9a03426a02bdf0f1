import { expect } from 'vitest';
import { patience } from '../support/graphql/socket-client.ts';

/** The value when it has stopped changing. */
export async function stillness(read: () => number): Promise<number> {
  let last = -1;
  let times = 0;
  await expect
    .poll(
      () => {
        times = read() === last && last > 0 ? times + 1 : 0;
        last = read();
        return times;
      },
      { ...patience, interval: 50 },
    )
    .toBeGreaterThan(10);
  return last;
}
