import { expect, it } from 'vitest';
import { restartPauseMs } from '../../../src/cli/workers/restart.ts';

it.each([
  ['at once, when it had served well', 10_000, 0, 0],
  ['at once, when it had served well since its last pause', 60_000, 30_000, 0],
  ['after a second, when it dies young', 9_999, 0, 1_000],
  ['after twice as long as the last time', 500, 1_000, 2_000],
  ['after half a minute at most', 500, 16_000, 30_000],
])('a worker is started again %s', (_, livedMs, lastPauseMs, pauseMs) => {
  expect(restartPauseMs(livedMs, lastPauseMs)).toBe(pauseMs);
});
