import { expect } from 'vitest';
import type { Message, Tool, ToolChoice } from '../../../../src/providers/message.ts';
import type { ProviderAnswer } from '../../../../src/providers/provider.ts';
import { question } from '../../../support/providers/provider-calls.ts';
import { closedWeather } from '../../ai-sdk/asked.ts';
import type { Part } from '../asked.ts';
import { callBlock, textBlock, type CallBlock } from '../said.ts';
import type { Cell } from '../stage.ts';
import type { Standing } from '../rows.ts';
import { answered, expectRefused, partsOf, type Proof } from './proof.ts';

const clock: Tool = {
  ...{ name: 'clock', description: 'The time.' },
  parameters: { type: 'object', properties: {} },
};
const declared = [closedWeather, clock];

/** The conversation after the tools of an answer were carried out. */
export function carriedOut({ text, toolCalls, providerState }: ProviderAnswer): Message[] {
  return [
    ...question().messages,
    { role: 'assistant', text, toolCalls, ...(providerState !== undefined && { providerState }) },
    ...toolCalls.map(
      ({ id, name, arguments: args }) =>
        ({ role: 'tool', toolCallId: id, toolName: name, text: `did ${args}` }) as const,
    ),
  ];
}

function isCall(part: Part): part is CallBlock {
  return part.kind === 'call';
}

/**
 * Calls come with these arguments, whole and streamed; and they go back in order, each with its result under an id that
 * no other has, where the dialect has ids.
 */
async function expectRoundTrip(
  cell: Cell,
  standing: Standing,
  calls: readonly CallBlock[],
  hasText = true,
): Promise<void> {
  const blocks = [...(hasText ? [textBlock('Let me see.')] : []), ...calls];
  const cities = calls.map((call) => (call.arguments === '' ? {} : (JSON.parse(call.arguments) as unknown)));
  for (const came of await cell.both({ blocks }, { tools: declared })) {
    const [answer, asked] = answered(came, standing);
    expect(asked.tools.map(({ name, schema }) => [name, schema])).toMatchObject(
      declared.map(({ name, parameters }) => [name, parameters]),
    );
    expect(answer).toMatchObject({ text: hasText ? 'Let me see.' : '', finishReason: 'tool_calls' });
    expect(answer.toolCalls.map((call) => JSON.parse(call.arguments) as unknown)).toEqual(cities);
    expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(calls.length);

    const messages = carriedOut(answer);
    const next = await cell.whole({ blocks: [textBlock('Snow.')] }, { tools: declared, messages });
    const [, askedNext] = answered(next, standing);
    const made = partsOf(askedNext, 'assistant').filter(isCall);
    const results = partsOf(askedNext, 'user').filter((part) => part.kind === 'result');
    expect(made.map((call) => JSON.parse(call.arguments) as unknown)).toEqual(cities);
    expect(results.map(({ id, text }) => [id, text])).toEqual(
      answer.toolCalls.map((call, index) => [made[index]?.id, `did ${call.arguments}`]),
    );
    // Google's calls belong to their results by order and name.
    if (made[0]?.id !== made[0]?.name) expect(new Set(made.map(({ id }) => id)).size).toBe(calls.length);
  }
}

export const tools: Proof = (cell, standing) =>
  expectRoundTrip(cell, standing, [callBlock('call_a1', 'Oslo'), callBlock('call_b2', 'Rome')]);

export const oddIds: Proof = (cell, standing) =>
  expectRoundTrip(cell, standing, [
    callBlock('functions.weather:0', 'Oslo'),
    callBlock('ruf 1/ä', 'Rome'),
    callBlock('functions.weather:0', 'Bonn'),
  ]);

export const noArguments: Proof = async (cell, standing) => {
  await expectRoundTrip(cell, standing, [{ ...callBlock('call_a1', null), name: 'clock' }], false);
};

const choices: readonly (readonly [ToolChoice, string])[] = [
  [{ mode: 'required' }, 'required'],
  [{ mode: 'tool', toolName: 'clock' }, 'clock'],
];

export const forcedTools: Proof = async (cell, standing) => {
  for (const [toolChoice, worded] of choices) {
    const came = await cell.whole(
      { blocks: [callBlock('call_a1', 'Oslo')] },
      { tools: declared, toolChoice },
    );
    if (standing.is === 'refused') expectRefused(came);
    else expect(answered(came, standing)[1].toolChoice).toBe(worded);
  }
};
