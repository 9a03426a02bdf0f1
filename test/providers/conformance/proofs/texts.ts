import { expect } from 'vitest';
import type { Message } from '../../../../src/providers/message.ts';
import { textBlock } from '../said.ts';
import { answered, partsOf, wordsOf, type Proof } from './proof.ts';

export const text: Proof = async (cell, standing) => {
  const said = { blocks: [textBlock('Gut, danke. 👍')] };
  for (const came of await cell.both(said)) {
    const [answer, asked] = answered(came, standing);
    expect(answer).toMatchObject({
      ...{ text: 'Gut, danke. 👍', toolCalls: [], finishReason: 'stop' },
      usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 0 },
    });
    expect(answer.usage).not.toHaveProperty('isEstimated');
    expect(asked.model).toBe(cell.subject.model);
    expect(asked.turns).toEqual([{ role: 'user', parts: [{ kind: 'text', text: 'How are you?' }] }]);
    expect(asked).toMatchObject({ tools: [], sampling: {}, stops: [] });
    expect(asked.budget?.[1]).toBe(100);
    if (came.stream !== undefined) expect(came.stream.text).toBe(answer.text);
  }
};

export const parts: Proof = async (cell, standing) => {
  const parts = ['One ', 'and ', 'two.'].map((text) => ({ type: 'text', text }) as const);
  const said = { blocks: [textBlock('Three '), textBlock('and four.')] };
  for (const came of await cell.both(said, { messages: [{ role: 'user', parts }] })) {
    const [answer, asked] = answered(came, standing);
    expect(answer.text).toBe('Three and four.');
    // Some APIs take one text alone.
    expect([1, 3]).toContain(partsOf(asked, 'user').length);
    expect(wordsOf(partsOf(asked, 'user'))).toBe('One and two.');
  }
};

const said = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });

export const system: Proof = async (cell, standing) => {
  const messages: Message[] = [
    { role: 'system', text: 'Be brief.' },
    said('Who are you?'),
    { role: 'assistant', text: 'Nobody.', toolCalls: [] },
    { role: 'system', text: 'Be kind.' },
    said('And now?'),
  ];
  const [, asked] = answered(await cell.whole({ blocks: [textBlock('A friend.')] }, { messages }), standing);
  const spoken = asked.turns.map(({ role, parts }) => [role, wordsOf(parts)]);
  const later =
    standing.is === 'adapted'
      ? [['user', '<system>\nBe kind.\n</system>And now?']]
      : [
          ['system', 'Be kind.'],
          ['user', 'And now?'],
        ];
  expect(joinedUsers(spoken)).toEqual([
    ['system', 'Be brief.'],
    ['user', 'Who are you?'],
    ['assistant', 'Nobody.'],
    ...later,
  ]);
};

/** Some APIs take neighbouring turns of a user as they are, others want one. */
function joinedUsers(turns: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return turns.reduce<(readonly string[])[]>((all, turn) => {
    const last = all.at(-1);
    if (last?.[0] !== 'user' || turn[0] !== 'user') return [...all, turn];
    return [...all.slice(0, -1), ['user', `${last[1]}${turn[1]}`]];
  }, []);
}
