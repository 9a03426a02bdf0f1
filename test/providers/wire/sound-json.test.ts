import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disarm } from '../../../src/providers/wire/disarm.ts';
import { hearAnswer, hearEvent } from '../../../src/providers/wire/hear.ts';
import {
  counts,
  list,
  number,
  object,
  oneOf,
  orElse,
  text,
  typed,
} from '../../../src/providers/wire/sound-json.ts';
import { wireDialects } from '../../../src/providers/wire/wire-dialect.ts';
import { spokenAnswers } from './answers.ts';

describe('a rule', () => {
  const rule = object({ id: text, size: number, kind: orElse(oneOf('a', 'b'), 'a') }, ['id']);

  it('hands on the very same where nothing is to be changed', () => {
    const value = { id: 'x', size: 1, kind: 'b', more: { is: 'kept' } };
    expect(rule(value)).toBe(value);
    const values = [value, value];
    expect(list(rule)(values)).toBe(values);
  });

  it.each([
    [
      { id: 'x', size: 'large' },
      { id: 'x', kind: 'a' },
    ],
    [
      { id: 'x', size: Infinity, kind: 'c', more: 1 },
      { id: 'x', kind: 'a', more: 1 },
    ],
    [{ id: null }, undefined],
    [{ id: 5 }, undefined],
    [null, undefined],
    [[], undefined],
    ['x', undefined],
  ])('of an object makes of %j %j', (value, sound) => {
    expect(rule(value)).toEqual(sound);
  });

  it('of types knows no other, not even those that every object has', () => {
    const known = typed({ a: object({}) });
    for (const type of ['b', 'toString', '__proto__', 5, null, undefined])
      expect(known({ type })).toBeUndefined();
    expect(known({ type: 'a' })).toEqual({ type: 'a' });
  });

  it('of counts keeps numbers alone', () => {
    const details = { d: 3, e: [], f_details: { g: 4, h: { i: 5 } } };
    expect(counts({ a: 1, b: '2', c: {}, c_details: details, promptTokensDetails: [1], j: null })).toEqual({
      a: 1,
      c_details: { d: 3, f_details: { g: 4 } },
      j: null,
    });
  });
});

describe('disarming', () => {
  it.each([
    ['{"a":{"__proto__":{"b":1},"c":2}}', 'disarmed', '{"a":{"c":2}}'],
    ['[{"constructor":{"prototype":1,"x":2}}]', 'disarmed', '[{"constructor":{"x":2}}]'],
    ['{"\\u005f_proto__":1,"x":2}', 'disarmed', '{"x":2}'],
    ['{"constructor":"x","prototype":1}', 'as it was', '{"constructor":"x","prototype":1}'],
  ])('makes of %s', (given, state, left) => {
    const value: unknown = JSON.parse(given);
    expect(disarm(value, given)).toBe(state);
    expect(JSON.stringify(value)).toBe(left);
  });

  it('says of what has no bottom that it has none', () => {
    for (const depth of [300, 100_000]) {
      const text = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      expect(disarm(JSON.parse(text), text)).toBe('too deep');
    }
  });
});

describe('what is heard', () => {
  const dialects = Object.entries(wireDialects);

  it.each(dialects)('of %s is JSON in one line, or nothing, whatever came', (_name, dialect) => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.option(fc.string()), (data, event) => {
        const heard = hearEvent({ data, event: event ?? undefined }, dialect);
        expect(heard.data ?? '').not.toMatch(/[\r\n]/);
        if (heard.kind === 'event' && heard.data !== undefined) JSON.parse(heard.data);
        const answer = hearAnswer(data, dialect);
        if (answer !== undefined && answer !== '') JSON.parse(answer);
      }),
    );
  });

  it.each(Object.values(spokenAnswers))(
    'of an honest answer of $adapter is what was said',
    ({ adapter, ...spoken }) => {
      const dialect = wireDialects[adapter as 'openai'];
      for (const event of [...spoken.said, ...spoken.reason]) {
        const heard = hearEvent({ data: JSON.stringify(event) }, dialect);
        if (heard.data !== undefined) expect(event).toMatchObject(JSON.parse(heard.data) as object);
      }
    },
  );
});
