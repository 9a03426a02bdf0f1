import { describe, expect, test } from 'vitest';
import { InputReader, requireSound } from '../../../src/system/input/reader.ts';
import { anything, integer, oneOf } from '../../../src/system/input/rules.ts';

interface Input {
  readonly size?: number | null;
  readonly colour?: string | null;
  readonly inner?: Input | null;
}

const size = integer(1, 9);
const colour = oneOf(['red', 'green']);

/** What is wrong with what was read, `path: message`. */
function faultsOf(input: InputReader<Input>): string[] {
  const result = input.checked(null);
  return result.ok ? [] : result.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a field', () => {
  test('is read as its rule keeps it', () => {
    const input = new InputReader<Input>({ size: 5, colour: 'red' });
    expect([input.required('size', size), input.nullable('colour', colour)]).toEqual([5, 'red']);
    expect([input.isSound(), input.checked('whole')]).toEqual([true, { ok: true, value: 'whole' }]);
  });

  test('that breaks its rule is told with its name and with what would be right', () => {
    const input = new InputReader<Input>({ size: 10, colour: 'blue' });
    input.required('size', size);
    input.nullable('colour', colour);
    expect(faultsOf(input)).toEqual([
      'size: must be a whole number from 1 to 9',
      'colour: must be one of red, green',
    ]);
  });

  test('that must be there is neither absent nor null', () => {
    const input = new InputReader<Input>({ colour: null });
    input.required('size', size);
    input.required('colour', colour);
    expect(faultsOf(input)).toEqual(['size: is required', 'colour: cannot be empty']);
  });

  test('that may be empty keeps what it has when it is absent, and null empties it', () => {
    const input = new InputReader<Input>({ colour: null });
    expect([input.nullable('size', size), input.nullable('size', size, 3)]).toEqual([null, 3]);
    expect(input.nullable('colour', colour, 'red')).toBe(null);
    expect(input.isSound()).toBe(true);
  });

  test('that has a state to fall back to keeps what it has, and null sets it back', () => {
    const input = new InputReader<Input>({ colour: null });
    expect([input.kept('size', size, 3, 1), input.kept('colour', colour, 'red', 'green')]).toEqual([
      3,
      'green',
    ]);
    expect(input.isSound()).toBe(true);
    input.kept('colour', colour, 'red');
    input.kept('size', size, undefined);
    expect(faultsOf(input)).toEqual(['colour: cannot be empty', 'size: is required']);
  });
});

test('what is wrong within an inner input is told with its place in the whole', () => {
  const input = new InputReader<Input>({ inner: { size: 0 } }, ['outer']);
  const inner = input.within(input.required('inner', anything<Input>()), 'inner', 2);
  inner.required('size', size);
  inner.refuse('is too much');
  input.refuse('is wrong', 'colour', 0);
  expect(faultsOf(input)).toEqual([
    'outer.inner.2.size: must be a whole number from 1 to 9',
    'outer.inner.2: is too much',
    'outer.colour.0: is wrong',
  ]);
});

test('a reader is sound as long as nothing was broken since it was made', () => {
  const input = new InputReader<Input>({ size: 0 });
  input.required('size', size);
  const inner = input.within<Input>({ size: 0 }, 'inner');
  expect([input.isSound(), inner.isSound()]).toEqual([false, true]);
  inner.required('size', size);
  expect(inner.isSound()).toBe(false);
});

test('a result that breaks a rule is thrown as such', () => {
  const input = new InputReader<Input>({ size: 0 });
  expect(requireSound(input.checked('fine'))).toBe('fine');
  input.required('size', size);
  expect(() => requireSound(input.checked('fine'))).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', issues: [expect.objectContaining({ path: ['size'] })] }),
  );
});
