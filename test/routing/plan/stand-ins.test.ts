import { expect, test } from 'vitest';
import type { CatalogView } from '../../../src/catalog/catalog-view.ts';
import { createStandInRule } from '../../../src/routing/plan/stand-ins.ts';
import { defaultPolicy } from '../../policies/policies.ts';
import { candidate } from './plan-inputs.ts';

/** A catalog of one real model and one that stands in, which counts how often its models are looked through. */
function catalogOf(complianceScorePct: number) {
  const real = candidate('ollama/llama3.2', { complianceScorePct });
  const standIn = candidate('simulated/steady', { disabledCause: 'stand_in' });
  const seen = { times: 0 };
  const catalog = {
    get models() {
      seen.times += 1;
      return [{ facts: real }, { facts: standIn }];
    },
  } as unknown as CatalogView;
  return { catalog, seen };
}

test('whether stand-ins serve is worked out once for each catalog and policy, and anew when either changes', () => {
  const serve = createStandInRule();
  const vetoed = catalogOf(0);
  const strict = { ...defaultPolicy, complianceVetoThresholdPct: 95 };
  for (let call = 0; call < 3; call += 1) expect(serve(vetoed.catalog, defaultPolicy)).toBe(true);
  expect(vetoed.seen.times).toBe(1);

  const assessed = catalogOf(90);
  for (let call = 0; call < 3; call += 1) {
    expect(serve(assessed.catalog, defaultPolicy)).toBe(false);
    expect(serve(assessed.catalog, strict)).toBe(true);
  }
  expect(assessed.seen.times).toBe(2);
});
