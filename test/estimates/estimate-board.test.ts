import { describe, expect, it } from 'vitest';
import {
  estimateOfModel,
  mergeTold,
  observe,
  openEstimateBoard,
  ownPart,
  type EstimateBoard,
} from '../../src/estimates/estimate-board.ts';
import { asExpected } from '../../src/estimates/estimate.ts';
import { SLOT_MS, TRACK_MS } from '../../src/estimates/track.ts';
import type { RemotePart } from '../../src/fleet/replication.ts';
import { failed, outcome, slow, speed } from './outcomes.ts';

const key = 'acme/model';
const recovery = outcome({ endsOutage: true });

function tell(from: EstimateBoard, now: number): RemotePart[] {
  const part = ownPart(from, key, now);
  return part === null ? [] : [{ row: part.row, ageMs: 0 }];
}

describe('what is known of a model', () => {
  it('is the same object until it changes, and none of a model that was never called', () => {
    const board = openEstimateBoard(1);
    expect(estimateOfModel(board, key, 0)).toBe(asExpected);
    observe(board, slow(3), speed, 0);
    const known = estimateOfModel(board, key, 0);
    expect(known).not.toBe(asExpected);
    expect(estimateOfModel(board, key, 500)).toBe(known);
    observe(board, slow(3), speed, 500);
    expect(estimateOfModel(board, key, 500)).not.toBe(known);
    expect(estimateOfModel(board, key, 2 * TRACK_MS)).toBe(asExpected);
  });

  it('before an outage and from it is over when the call that tries the model succeeds', () => {
    const board = openEstimateBoard(1);
    for (let call = 0; call < 50; call += 1) observe(board, failed({ latencyMs: 60_000 }), speed, call * 100);
    expect(estimateOfModel(board, key, SLOT_MS).latencyRatioPermille).toBeGreaterThan(5000);
    observe(board, recovery, speed, 8 * SLOT_MS);
    expect(estimateOfModel(board, key, 8 * SLOT_MS)).toMatchObject({
      ...{ latencyRatioPermille: 1000, successesHundredths: 100, failuresHundredths: 0 },
    });
    // What comes after it counts as ever.
    observe(board, failed(), speed, 9 * SLOT_MS);
    expect(estimateOfModel(board, key, 9 * SLOT_MS).failuresHundredths).toBe(100);
  });

  it('is over on every instance, whichever of them tried the model and in whatever order they tell', () => {
    const [one, two] = [openEstimateBoard(1), openEstimateBoard(2)];
    const now = 8 * SLOT_MS;
    for (const board of [one, two]) {
      for (let call = 0; call < 10; call += 1) observe(board, failed(), speed, call * 1000);
    }
    mergeTold(one, key, tell(two, SLOT_MS), SLOT_MS);
    expect(estimateOfModel(one, key, SLOT_MS).failuresHundredths).toBeGreaterThan(1800);
    observe(one, recovery, speed, now);
    mergeTold(two, key, tell(one, now), now);
    mergeTold(one, key, tell(two, now), now);
    for (const board of [one, two]) {
      expect(estimateOfModel(board, key, now)).toMatchObject({
        ...{ successesHundredths: 100, failuresHundredths: 0 },
      });
    }
  });
});
