import fc from 'fast-check';
import { expect, it } from 'vitest';
import { handOut } from '../../../src/providers/ai-sdk/handed-out.ts';

const call = (id: string, args = '{}') => ({ id, name: 'weather', arguments: args });

it.each(['', ' ', '\n'])('gives a call that takes nothing an empty object: %o', (args) => {
  expect(handOut([call('a', args)])).toEqual([call('a', '{}')]);
});

it('leaves what the model wrote as it is, broken or not', () => {
  const calls = [call('a', '{"city": "Rome"}'), call('b', '{"city": "Ro'), call('c', '[1]')];
  expect(handOut(calls)).toEqual(calls);
});

it('names calls of one answer apart', () => {
  expect(handOut([call('a'), call('a'), call('a_2'), call('')]).map(({ id }) => id)).toEqual([
    'a',
    'a_3',
    'a_2',
    'call_4',
  ]);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('', 'a', 'a_1', 'a_2', 'call_1', 'call_2')), (ids) => {
      const given = handOut(ids.map((id) => call(id))).map(({ id }) => id);
      expect(given).not.toContain('');
      expect(new Set(given).size).toBe(ids.length);
      ids.forEach((id, index) => {
        if (id !== '' && ids.indexOf(id) === index) expect(given[index]).toBe(id);
      });
    }),
  );
});
