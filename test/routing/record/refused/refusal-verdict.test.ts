import { expect, it } from 'vitest';
import { describeFault, judgeWrite } from '../../../../src/routing/record/refused/refusal-verdict.ts';

it.each([
  ['unavailable', null, 'away'],
  ['unavailable', '57P01', 'away'],
  ['lock_timeout', '55P03', 'busy'],
  ['serialization', '40P01', 'busy'],
  // Out of range, no such text, no such character, too large, raised by a trigger.
  ['other', '22003', 'refused'],
  ['other', '22P02', 'refused'],
  ['other', '22P05', 'refused'],
  ['other', '22021', 'refused'],
  ['other', '23502', 'refused'],
  ['other', '54000', 'refused'],
  ['other', 'P0001', 'refused'],
  // No such function or table, no privilege.
  ['other', '42883', 'away'],
  ['other', '42P01', 'away'],
  ['other', '42501', 'away'],
  ['other', '0A000', 'away'],
  // What a memory allocation that is too large says, like much else; and what the database did not say.
  ['other', 'XX000', 'unclear'],
  ['other', null, 'unclear'],
] as const)('the fault %s of SQLSTATE %s says of a record: %s', (kind, state, verdict) => {
  expect(judgeWrite({ kind }, state)).toBe(verdict);
});

it('a broken constraint is a record’s own fault, and is named', () => {
  const fault = { kind: 'constraint', constraint: 'costs_not_negative' } as const;
  expect(judgeWrite(fault, '23514')).toBe('refused');
  expect(describeFault(fault, '23514')).toBe('constraint costs_not_negative');
  expect(describeFault({ kind: 'other' }, '22003')).toBe('SQLSTATE 22003');
});
