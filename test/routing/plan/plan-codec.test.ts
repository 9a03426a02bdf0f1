import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCandidateList } from '../../../src/routing/plan/candidates/candidate-list-codec.ts';
import { withObserved } from '../../../src/routing/plan/candidates/candidate-list.ts';
import {
  decodePlanInput,
  encodeListed,
  encodePlanInput,
  listNamedIn,
} from '../../../src/routing/plan/plan-codec.ts';
import { unobserved } from '../../../src/routing/plan/plan-input.ts';
import { planRoute } from '../../../src/routing/plan/plan-route.ts';
import { replayPlan } from '../../../src/routing/plan/replay.ts';
import { nodeSha256 } from '../../../src/system/digest.node.ts';
import { toHex } from '../../../src/system/digest.ts';
import { arbitraryPlanInput, candidate, fromList, listFrom, planInput } from './plan-inputs.ts';

test('a stored plan input comes back as it was', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, (input) => {
      expect(decodePlanInput(encodePlanInput(input))).toEqual(input);
    }),
  );
});

test('a stored plan input is JSON as any writer has it, the second time too', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, (input) => {
      const text = encodePlanInput(input);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
      expect(encodePlanInput(input)).toBe(text);
    }),
  );
});

test('a stored decision is planned again to the same plan, byte for byte', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, (input) => {
      const replay = replayPlan(decodePlanInput(encodePlanInput(input)));
      expect(replay.kind === 'plan' && JSON.stringify(replay.plan)).toBe(JSON.stringify(planRoute(input)));
    }),
  );
});

test('a text that was stored stays readable for ever', () => {
  const stored =
    '[1,99,["code",1000,500,"tj",["a/*"],2500,60000],' +
    '["balanced",[40,30,30],true,500,50,3,60000,["a/*","b/*"],[],7],' +
    '[["a",[["b/c","rst",128000,16000,250000,2000000,700,9000,90,8200],' +
    '["d","",4096,1024,0,0,800,12000,0,null,4200,950,512,100,900,45000,"stand_in",10,20,30]]]]]';
  const input = planInput(
    [
      candidate('a/b/c', { capabilities: ['REASONING', 'STREAMING', 'TOOLS'] }),
      candidate(
        'a/d',
        {
          capabilities: [],
          contextWindowTokens: 4096,
          maxOutputTokens: 1024,
          inputMicroUsdPerMillionTokens: 0,
          outputMicroUsdPerMillionTokens: 0,
          expectedFirstTokenMs: 800,
          expectedMicrosPerOutputToken: 12_000,
          complianceScorePct: 0,
          atsBps: null,
          reasoningTokenFloor: 512,
          attemptTimeoutMs: 45_000,
          disabledCause: 'stand_in',
        },
        {
          successesHundredths: 4200,
          latencyRatioPermille: 950,
          failuresHundredths: 100,
          headroomPermille: 900,
          breakerRetryAfterMs: 10,
          coolDownMs: 20,
          hardDownMs: 30,
        },
      ),
    ],
    {
      draw: 99,
      request: {
        taskType: 'code',
        maxOutputTokens: 500,
        requires: ['TOOLS', 'JSON_SCHEMA'],
        models: ['a/*'],
        maxCostMicroUsd: 2500,
      },
      rules: { allowedModels: ['a/*', 'b/*'], version: 7 },
    },
  );
  expect(decodePlanInput(stored)).toEqual({ ...input, plannerVersion: 1 });
  // What has come to stand behind since: the margin of the policy, and what the request asked of it.
  expect(encodePlanInput({ ...input, plannerVersion: 1 })).toBe(stored.replace('[],7]', '[],7,5]'));
});

test('a decision of the first planner is planned as it was: with its margin, whatever the policy is called', () => {
  const models = [candidate('a/b', { atsBps: 8200 }), candidate('a/c', { atsBps: 8100 })];
  const rules = { policyName: 'strict_no_fallback', fallbackEnabled: false } as const;
  const input = { ...planInput(models, { rules, draw: 2 ** 48 - 1 }), plannerVersion: 1 };
  // As the first planner stored it: its policies ended with their version.
  const old = encodePlanInput(input).replace('[],[],1,5]', '[],[],1]');
  expect(old).not.toBe(encodePlanInput(input));
  const replay = replayPlan(decodePlanInput(old));
  expect(replay.kind === 'plan' && replay.plan.ranked[0]?.candidate.key).toBe('a/c');
});

test('a decision of the second planner is planned as it was: its stand-ins stand aside, whatever the policy', () => {
  const models = [
    candidate('real/vetoed', { complianceScorePct: 0 }),
    candidate('simulated/steady', { disabledCause: 'stand_in' }),
  ];
  const stored = encodePlanInput({ ...planInput(models), plannerVersion: 2 });
  expect(stored.endsWith(']]]]]')).toBe(true);
  const replay = replayPlan(decodePlanInput(stored));
  expect(replay.kind === 'plan' && replay.plan).toMatchObject({ ranked: [], firstChoice: 'nobody' });
});

test('forty observed candidates are stored in less than 4 KB', () => {
  const forty = Array.from({ length: 40 }, (_, index) =>
    candidate(
      `provider-${Math.floor(index / 5)}/some-model-${index % 5}-large`,
      { reasoningTokenFloor: index % 3 === 0 ? 1024 : null },
      { successesHundredths: 4321 + index, latencyRatioPermille: 1042 },
    ),
  );
  expect(Buffer.byteLength(encodePlanInput(planInput(forty, { draw: 2 ** 48 - 1 })))).toBeLessThan(4096);
});

test('a decision of an unknown planner is unreplayable, never silently different', () => {
  const input = { ...planInput([candidate('a/b')]), plannerVersion: 99 };
  expect(replayPlan(decodePlanInput(encodePlanInput(input)))).toEqual({
    kind: 'unreplayable',
    plannerVersion: 99,
  });
});

test('capabilities of a newer build are left out', () => {
  const text = encodePlanInput(planInput([candidate('a/b', { capabilities: ['TOOLS'] })])).replace(
    '"t"',
    '"tZ"',
  );
  expect(decodePlanInput(text).candidates[0]?.capabilities).toEqual(['TOOLS']);
});

test('a stored plan input that names its list of candidates comes back as it was', () => {
  fc.assert(
    fc.property(arbitraryPlanInput, (input) => {
      const listed = fromList(listFrom(input), input);
      const { planInput: text, list } = encodeListed(listed, nodeSha256);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
      expect(list?.sha256).toBe(toHex(nodeSha256(list?.text ?? '')));
      expect(listNamedIn(text)).toBe(list?.sha256);
      expect(decodePlanInput(text, () => decodeCandidateList(list?.text ?? ''))).toEqual(input);
      expect(listNamedIn(encodePlanInput(listed))).toBeNull();
      // All by itself it is what it would be without a list.
      expect(encodePlanInput(listed)).toBe(encodePlanInput(input));
    }),
  );
});

test('a plan input is read without its list of candidates by nobody', () => {
  const input = planInput([candidate('a/b')]);
  const { planInput: text } = encodeListed(fromList(listFrom(input), input), nodeSha256);
  expect(() => decodePlanInput(text)).toThrow('is not stored');
  // Builds that know of no lists read providers with their models there, and refuse the planner.
  const [version, , , , runs] = JSON.parse(text) as [number, 0, 0, 0, [string, unknown[]][]];
  expect(runs.flatMap(([, models]) => models)).toEqual([]);
  expect(version).toBeGreaterThan(5);
});

test('a caller’s own words name no list of candidates', () => {
  const taskType = `[["sha256:${'ab'.repeat(32)}",[],[]]]`;
  const text = encodePlanInput(planInput([candidate('a/b')], { request: { taskType, models: [taskType] } }));
  expect(listNamedIn(text)).toBeNull();
});

test('a thousand candidates of which ten are observed are stored in less than a thousand bytes', () => {
  const measures = { successesHundredths: 4321, latencyRatioPermille: 1042 };
  const thousand = Array.from({ length: 1000 }, (_, index) =>
    candidate(`provider/model-${String(index).padStart(4, '0')}`),
  );
  const list = listFrom(planInput(thousand));
  const observed = Array.from({ length: 10 }, (_, index) => ({
    index: index * 100,
    measures: { ...unobserved, ...measures },
  }));
  const input = { ...planInput([]), candidates: withObserved(list, observed) };
  expect(encodeListed(input, nodeSha256).planInput.length).toBeLessThan(1000);
});
