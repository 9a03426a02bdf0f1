import { expect, it } from 'vitest';
import type { GuardedInput } from '../../src/calls/guarded-call.ts';
import { createProbeCall } from '../../src/calls/probe-call.service.ts';
import { nodeClock } from '../../src/system/clock.node.ts';
import { createNodeRandom } from '../../src/system/random.node.ts';
import { catalogOf } from '../limits/limits-stage.ts';
import { nobodyLeaves } from '../support/providers/provider-calls.ts';

it('a probe asks its model as the catalog says that it wants to be asked', async () => {
  const asked: GuardedInput[] = [];
  const traits = {
    efforts: ['low'],
    samplingLocked: true,
    maxTokensParameter: 'max_completion_tokens',
  } as const;
  const probe = createProbeCall({
    guardedCall: (call) => {
      asked.push(call);
      return Promise.resolve({
        kind: 'refused',
        refusal: { admitted: false, reason: 'HARD_DOWN', retryAfterMs: null },
      });
    },
    catalog: () => catalogOf(1, { modelTraits: traits }),
    random: createNodeRandom(nodeClock.now),
    attemptBaseMs: 30_000,
    onProbed: () => undefined,
  });
  await probe('one/a', { signal: nobodyLeaves() });
  expect(asked).toMatchObject([{ request: { modelSlug: 'a', traits } }]);
});
