import { expect } from 'vitest';
import type { ProviderAnswer } from '../../../../src/providers/provider.ts';
import { answerOf } from '../../../support/providers/provider-calls.ts';
import type { Asked, Part, Turn } from '../asked.ts';
import type { Standing } from '../rows.ts';
import type { Answered, Cell } from '../stage.ts';

/** Shows that an adapter does what a row says, in the way in which it stands to it. */
export type Proof = (cell: Cell, standing: Standing) => Promise<void>;

/** The answer, and the request that led to it, which notices tell of exactly where the row is adapted. */
export function answered({ result, asked }: Answered, { is }: Standing): readonly [ProviderAnswer, Asked] {
  const answer = answerOf(result);
  if (asked === null) throw new Error('nothing was sent');
  if (is === 'adapted') expect(result.notices ?? []).not.toEqual([]);
  else expect(result.notices ?? []).toEqual([]);
  return [answer, asked];
}

/** Nothing was sent, and the failure says that it is the request's. */
export function expectRefused({ result, asked }: Answered): void {
  expect(result).toMatchObject({ ok: false, failure: { failureClass: 'INVALID_REQUEST' } });
  expect(asked).toBeNull();
}

export function partsOf({ turns }: Asked, role: Turn['role']): readonly Part[] {
  return turns.filter((turn) => turn.role === role).flatMap(({ parts }) => parts);
}

/** The words of some parts. */
export function wordsOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
}
