import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tallyBallots, type Votable } from '../../../src/routing/vote/agreement.ts';
import {
  MOST_DEPTH,
  MOST_JSON_CHARACTERS,
  MOST_NORMALISED_CHARACTERS,
  normalJson,
} from '../../../src/routing/vote/normal-form.ts';

const says = (text: string): Votable => ({ text, toolCalls: [] });
const calls = (...toolCalls: Votable['toolCalls'][number][]): Votable => ({ text: 'Let me see.', toolCalls });
const weather = (args: string) => ({ name: 'weather', arguments: args });
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('two ballots', () => {
  test.each<[string, Votable, Votable]>([
    ['that differ in case and white space', says('The  capital is\nParis'), says('the capital is paris ')],
    ['one of which ends its sentence, and quotes', says('“Paris.”'), says('paris')],
    ['one of which is emphasised', says('**Paris**'), says('Paris!')],
    ['of compatible characters', says('ﬁve ½'), says('five 1⁄2')],
    ['of one JSON value in another order', says('{"a":1,"b":[2]}'), says('{ "b": [2.0], "a": 1 }')],
    ['of one JSON value, once as a block of code', says('{"a":1}'), says('\n```json\n{ "a": 1.0 }\n```\n')],
    ['of one number in other forms', says('[120, 0.5, 0]'), says('[1.2E+2, 5e-1, -0.0]')],
    ['of one number too large to be held', says('1e400'), says('10.0e399')],
    [
      'of the same tool call with arguments in another order',
      calls(weather('{"a":1,"b":2}')),
      calls(weather('{"b":2,"a":1}')),
    ],
    [
      'of the same two tool calls in another order',
      calls(weather('{}'), { name: 'time', arguments: '' }),
      calls({ name: 'time', arguments: '' }, weather('{}')),
    ],
    ['of punctuation alone, the same', says('?!'), says('?!')],
    ['that say nothing', says(''), says(' ')],
  ])('%s agree', (_how, one, other) => {
    expect(tallyBallots([one, other], false)).toEqual({ agreement: 1, winner: 0 });
  });

  test.each<[string, Votable, Votable]>([
    ['of opposite numbers', says('-5 degrees'), says('5 degrees')],
    ['of a number and a share', says('5 %'), says('5')],
    ['of numbers with a point', says('.5 l'), says('5 l')],
    ['of JSON values in another order of items', says('[1,2]'), says('[2,1]')],
    ['of JSON values that differ in case', says('"A"'), says('"a"')],
    ['of a JSON text and a number', says('"1"'), says('1')],
    ['of blocks of code that differ', says('```json\n{"a":1}\n```'), says('```json\n{"a":2}\n```')],
    [
      'of long numbers that differ in the last digit',
      says('12345678901234567890'),
      says('12345678901234567891'),
    ],
    ['of numbers too large to be held', says('1e400'), says('1e401')],
    ['of different tools', calls(weather('{}')), calls({ name: 'time', arguments: '{}' })],
    ['of different arguments', calls(weather('{"a":1}')), calls(weather('{"a":2}'))],
    ['one of which calls a tool', calls(weather('{}')), says('Let me see.')],
    ['of different punctuation alone', says('?'), says('!')],
  ])('%s do not agree', (_how, one, other) => {
    expect(tallyBallots([one, other], false)).toEqual({ agreement: 0.5, winner: 0 });
  });
});

test('where JSON was asked for, what is none is compared by its text', () => {
  const ballots = [says('{"a":1}'), says('Sorry.'), says('{ "a": 1 }'), says('sorry')];
  expect(tallyBallots(ballots, true).agreement).toBe(0.5);
  // Not asked for, and not all of them are: all are texts.
  expect(tallyBallots(ballots, false).agreement).toBe(0.5);
  expect(tallyBallots(ballots, false).winner).toBe(1);
});

test('failed ballots count for nothing, and one answer agrees with nobody', () => {
  expect(tallyBallots([null, says('a'), null, says('b'), says('A')], false)).toEqual({
    agreement: 2 / 3,
    winner: 1,
  });
  expect(tallyBallots([null, says('a')], false)).toEqual({ agreement: null, winner: 1 });
  expect(tallyBallots([null, null], true)).toEqual({ agreement: null, winner: null });
});

test('the depth of values is bounded: what lies deeper is a text', () => {
  expect(normalJson(deep(MOST_DEPTH))).toBeDefined();
  expect(normalJson(deep(MOST_DEPTH + 2))).toBeUndefined();
  expect(normalJson(deep(MOST_JSON_CHARACTERS / 2))).toBeUndefined();
});

test.each<[string, string]>([
  ['framed by nothing else', '.'.repeat(MOST_NORMALISED_CHARACTERS)],
  ['of characters that become many', '\ufdfa'.repeat(MOST_NORMALISED_CHARACTERS)],
  ['of marks upon marks', `a${'\u0301\u0323'.repeat(MOST_NORMALISED_CHARACTERS / 2 - 1)}`],
  ['of letters that become marks', `a${'\u0301\uff9e'.repeat(MOST_NORMALISED_CHARACTERS / 2 - 1)}`],
  ['of white space', ' \n'.repeat(MOST_NORMALISED_CHARACTERS / 2)],
  ['of zeros', `1${'0'.repeat(MOST_JSON_CHARACTERS - 2)}1`],
  ['of a block of code that never ends', `\`\`\`\n${' \n'.repeat(MOST_JSON_CHARACTERS / 2 - 4)}`],
  ['of open lists', '['.repeat(MOST_JSON_CHARACTERS)],
  ['of empty lists', `[${'[],'.repeat(MOST_JSON_CHARACTERS / 3 - 2)}[]]`],
  ['of four million characters', '\ufdfa'.repeat(4_000_000)],
])('a text %s takes no longer than one that is usual', (_how, text) => {
  const ballots = [says(text), says(text), says(`${text}x`)];
  const before = process.cpuUsage();
  expect(tallyBallots(ballots, true).winner).toBe(0);
  const { user } = process.cpuUsage(before);
  // A square of any of these lengths takes seconds.
  expect(user / 1000).toBeLessThan(1000);
});

test('any permutation of ballots gives the same agreement, which lies between 1/n and 1', () => {
  const text = fc.oneof(
    fc.constantFrom('yes', 'Yes.', ' YES', '1', '1.0', '{"a":1}', '{ "a": 1.0 }'),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  const votable = fc.record({
    text,
    toolCalls: fc.array(fc.record({ name: fc.constantFrom('a', 'b'), arguments: text }), { maxLength: 2 }),
  });
  const ballots = fc.array(fc.option(votable), { maxLength: 10 });
  const shuffled = ballots.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.boolean()),
  );
  fc.assert(
    fc.property(shuffled, ([all, other, isJson]) => {
      const { agreement, winner } = tallyBallots(all, isJson);
      expect(tallyBallots(other, isJson).agreement).toBe(agreement);
      const answers = all.filter((ballot) => ballot !== null);
      if (answers.length < 2) expect(agreement).toBeNull();
      else {
        expect(agreement).toBeGreaterThanOrEqual(1 / answers.length);
        expect(agreement).toBeLessThanOrEqual(1);
      }
      if (answers.length === 0) expect(winner).toBeNull();
      else expect(all[winner!]).not.toBeNull();
    }),
  );
});

test('a value written again with other keys first, or with blanks, agrees with itself', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      const ballots = [says(JSON.stringify(value)), says(JSON.stringify(reversed, null, 2))];
      expect(tallyBallots(ballots, false).agreement).toBe(1);
    }),
  );
});
