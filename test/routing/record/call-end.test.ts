import { expect, test } from 'vitest';
import { endDecision } from '../../../src/routing/record/call-end.ts';
import { pendingDecision } from './decisions.ts';

test.each([
  [250, 250],
  [-5_000, 0],
  [10 * 365 * 86_400_000, 2 ** 31 - 1],
])('a clock that is set amid a call by %d ms leaves a latency that can be kept', (passedMs, latencyMs) => {
  const pending = pendingDecision();
  const execution = { attempts: [], end: { kind: 'deadline' } } as const;
  expect(endDecision(pending, execution, pending.createdAt + passedMs)).toMatchObject({ latencyMs });
});
