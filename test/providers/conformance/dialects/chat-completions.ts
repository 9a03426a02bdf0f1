import { events, type Fixture } from '../fixture.ts';
import {
  callsOf,
  halves,
  joined,
  usualCounts,
  type Block,
  type CallBlock,
  type Counts,
  type Said,
} from '../said.ts';
import { readChatCompletions } from './chat-completions-request.ts';

/** What the providers of this dialect each do in their own way. */
export interface ChatManner {
  readonly name: string;
  readonly reference: string;
  /** Where thinking stands; `parts`: among the parts of the content; null: it is not shown. */
  readonly thoughts: 'reasoning_content' | 'reasoning' | 'parts' | null;
  /** Whether a sealed thought also stands among `reasoning_details`. */
  readonly details?: boolean;
  usage(counts: Counts): object;
  /** Usage comes with the last chunk of a stream, or in one of its own. */
  readonly countsWith: 'last chunk' | 'own chunk' | 'x_groq';
  /** Calls of tools come whole, or in pieces. */
  readonly callsInPieces: boolean;
  readonly endings: Fixture['endings'];
  error: Fixture['error'];
}

const named = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' };

/** Chat Completions as one provider has them. */
export function chatCompletions(manner: ChatManner): Fixture {
  return {
    name: manner.name,
    reference: manner.reference,
    endings: manner.endings,
    error: manner.error,
    read: readChatCompletions,
    whole: (said) => ({
      ...named,
      object: 'chat.completion',
      choices: [{ index: 0, message: messageOf(said, manner), finish_reason: wordOf(said) }],
      usage: manner.usage(said.counts ?? usualCounts),
    }),
    stream: (said) => events([...pieces(said, manner), ...endOf(said, manner), '[DONE]']),
    streamedError: (error) =>
      events([
        ...pieces({ blocks: [{ kind: 'text', text: 'half' }] }, manner),
        objectWith(manner.error(error)),
      ]),
  };
}

function objectWith(value: unknown): object | string {
  return typeof value === 'object' && value !== null ? value : String(value);
}

function wordOf({ blocks, word }: Said): string {
  return word ?? (callsOf(blocks).length > 0 ? 'tool_calls' : 'stop');
}

function messageOf({ blocks }: Said, manner: ChatManner): object {
  const { thoughts } = manner;
  const details = blocks.flatMap((block) => detailsOf(block, manner));
  const thought = joined(blocks, 'thought');
  const text = joined(blocks, 'text');
  const calls = callsOf(blocks).map((call, index) => wholeCall(call, index));
  const content =
    thoughts === 'parts' && thought !== ''
      ? [thinkingPart(thought), ...(text === '' ? [] : [{ type: 'text', text }])]
      : text === '' && calls.length > 0
        ? null
        : text;
  return {
    role: 'assistant',
    content,
    ...(thought !== '' && (thoughts === 'reasoning' || thoughts === 'reasoning_content')
      ? { [thoughts]: thought }
      : {}),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function detailsOf(block: Block, { details = false }: ChatManner): object[] {
  if (!details || block.kind !== 'thought' || block.seal === undefined) return [];
  return [{ type: 'reasoning.text', text: block.text, signature: block.seal, index: 0 }];
}

const thinkingPart = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] });

function wholeCall({ id, name, arguments: args }: CallBlock, index: number): object {
  return { index, id, type: 'function', function: { name, arguments: args } };
}

const chunk = (delta: object, reason: string | null = null) => ({
  ...named,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: reason }],
});

function pieces({ blocks }: Said, manner: ChatManner): object[] {
  const calls = callsOf(blocks);
  return [
    chunk({ role: 'assistant', content: '' }),
    ...blocks.flatMap((block) => pieceOf(block, calls, manner)),
  ];
}

function pieceOf(block: Block, calls: readonly CallBlock[], manner: ChatManner): object[] {
  switch (block.kind) {
    case 'text':
      return halves(block.text).map((content) => chunk({ content }));
    case 'thought': {
      const { thoughts } = manner;
      if (thoughts === null) return [];
      const deltaOf = (text: string) =>
        thoughts === 'parts' ? { content: [thinkingPart(text)] } : { [thoughts]: text };
      return halves(block.text).map((text, index, all) => {
        const seal = index === all.length - 1 ? block.seal : '';
        const details = detailsOf({ ...block, text, ...(seal !== undefined && { seal }) }, manner);
        return chunk({ ...deltaOf(text), ...(details.length > 0 && { reasoning_details: details }) });
      });
    }
    case 'call': {
      const index = calls.indexOf(block);
      if (!manner.callsInPieces) return [chunk({ tool_calls: [wholeCall(block, index)] })];
      return [
        chunk({ tool_calls: [wholeCall({ ...block, arguments: '' }, index)] }),
        ...halves(block.arguments).map((args) =>
          chunk({ tool_calls: [{ index, function: { arguments: args } }] }),
        ),
      ];
    }
  }
}

function endOf(said: Said, { usage, countsWith }: ChatManner): object[] {
  const counted = usage(said.counts ?? usualCounts);
  const last = chunk({}, wordOf(said));
  if (countsWith === 'last chunk') return [{ ...last, usage: counted }];
  if (countsWith === 'x_groq') return [{ ...last, x_groq: { id: 'req_1', usage: counted } }];
  return [last, { ...chunk({}), choices: [], usage: counted }];
}
