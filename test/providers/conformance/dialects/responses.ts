import { events, type Fixture, type ToldError } from '../fixture.ts';
import { callsOf, halves, usualCounts, type Block, type Counts, type Said } from '../said.ts';
import { readResponses } from './responses-request.ts';

/** What the providers of this dialect each do in their own way. */
export interface ResponsesManner {
  readonly name: string;
  readonly reference: string;
  /** The id of an item of an answer, by its kind and place. */
  idOf(kind: string, index: number): string;
  /** How an error is told by a status, and amid a stream. */
  error: Fixture['error'];
  streamedError(error: ToldError): object;
  readonly endings: Fixture['endings'];
}

const named = { id: 'resp_1', object: 'response', created_at: 1_700_000_000, model: 'm' };

/** Responses as one provider has them. */
export function responsesOf(manner: ResponsesManner): Fixture {
  return {
    name: manner.name,
    reference: manner.reference,
    read: readResponses,
    whole: (said) => responseOf(said, manner),
    stream: (said) =>
      events(
        numbered([
          created,
          ...said.blocks.flatMap((block, index) => piecesOf(block, index, manner)),
          finalOf(said, manner),
        ]),
      ),
    error: manner.error,
    streamedError: (error) =>
      events(
        numbered([
          created,
          ...piecesOf({ kind: 'text', text: 'half' }, 0, manner).slice(0, 3),
          manner.streamedError(error),
        ]),
      ),
    endings: manner.endings,
  };
}

// `incomplete` is told with its reason.
const ended: Fixture['endings'] = { completed: 'stop', 'incomplete max_output_tokens': 'length' };

/** https://platform.openai.com/docs/api-reference/responses; of Azure's, the same at another address. */
export const responses = responsesOf({
  name: 'Responses',
  reference: 'https://platform.openai.com/docs/api-reference/responses',
  idOf: (kind, index) => `${kind}_${index}`,
  error: ({ code, message }) => ({ error: { message, type: code, param: null, code } }),
  streamedError: ({ code, message }) => ({
    type: 'response.failed',
    response: { ...named, status: 'failed', error: { code, message }, output: [] },
  }),
  endings: {
    ...ended,
    'incomplete content_filter': 'content_filter',
    failed: 'MALFORMED',
    cancelled: 'MALFORMED',
    in_progress: 'MALFORMED',
    queued: 'MALFORMED',
  },
});

/** https://docs.x.ai/developers/rest-api-reference/inference/chat: items are called after the answer, whichever they are. */
export const xaiResponses = responsesOf({
  name: 'Responses of xAI',
  reference: 'https://docs.x.ai/developers/rest-api-reference/inference/chat',
  idOf: (kind, index) => (kind === 'fc' ? `fc_1_${index}` : `${kind}_1`),
  error: ({ code, message }) => ({ code, error: message }),
  streamedError: ({ code, message }) => ({ type: 'error', code, message, param: null }),
  endings: {
    ...ended,
    'incomplete max_prompt_tokens': 'length',
    'incomplete max_time_limit': 'length',
    in_progress: 'MALFORMED',
  },
});

function responseOf({ blocks, word = 'completed', counts = usualCounts }: Said, manner: ResponsesManner) {
  const [status = '', reason] = word.split(' ');
  return {
    ...named,
    status,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    output: blocks.map((block, index) => itemOf(block, index, manner)),
    usage: usageOf(counts),
  };
}

function usageOf({ input, output, reasoning = 0, cached = 0, written }: Counts) {
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cached,
      ...(written !== undefined && { cache_write_tokens: written }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** A block as an item of the output; the name of a thought is that by which it goes back. */
function itemOf(block: Block, index: number, { idOf }: ResponsesManner): Readonly<Record<string, unknown>> {
  switch (block.kind) {
    case 'text':
      return {
        ...{ type: 'message', id: idOf('msg', index), role: 'assistant', status: 'completed' },
        content: [{ type: 'output_text', text: block.text, annotations: [] }],
      };
    case 'thought':
      return {
        ...{ type: 'reasoning', id: idOf('rs', index), encrypted_content: block.seal ?? null },
        summary: block.text === '' ? [] : [{ type: 'summary_text', text: block.text }],
      };
    case 'call':
      return {
        ...{ type: 'function_call', id: idOf('fc', index), call_id: block.id, name: block.name },
        ...{ arguments: block.arguments, status: 'completed' },
      };
  }
}

const created = {
  type: 'response.created',
  response: { ...named, status: 'in_progress', error: null, output: [] },
};

function piecesOf(block: Block, index: number, manner: ResponsesManner): object[] {
  const item = itemOf(block, index, manner);
  const place = { output_index: index, item_id: item['id'] };
  const added = (changes: object) => ({
    ...{ type: 'response.output_item.added', output_index: index },
    item: { ...item, ...changes },
  });
  const done = { type: 'response.output_item.done', output_index: index, item };
  switch (block.kind) {
    case 'text':
      return [
        added({ status: 'in_progress', content: [] }),
        ...halves(block.text).map((delta) => ({
          type: 'response.output_text.delta',
          ...place,
          content_index: 0,
          delta,
        })),
        { type: 'response.output_text.done', ...place, content_index: 0, text: block.text },
        done,
      ];
    case 'thought': {
      const part = { ...place, summary_index: 0 };
      return [
        added({ summary: [], encrypted_content: block.seal === undefined ? null : 'not yet whole' }),
        { type: 'response.reasoning_summary_part.added', ...part, part: { type: 'summary_text', text: '' } },
        ...halves(block.text).map((delta) => ({
          type: 'response.reasoning_summary_text.delta',
          ...part,
          delta,
        })),
        { type: 'response.reasoning_summary_text.done', ...part, text: block.text },
        {
          type: 'response.reasoning_summary_part.done',
          ...part,
          part: { type: 'summary_text', text: block.text },
        },
        done,
      ];
    }
    case 'call':
      return [
        added({ arguments: '', status: 'in_progress' }),
        ...halves(block.arguments).map((delta) => ({
          ...{ type: 'response.function_call_arguments.delta', ...place },
          delta,
        })),
        { type: 'response.function_call_arguments.done', ...place, arguments: block.arguments },
        done,
      ];
  }
}

function finalOf(said: Said, manner: ResponsesManner): object {
  const response = responseOf(said, manner);
  const type =
    response.status === 'completed' || callsOf(said.blocks).length > 0 ? 'completed' : response.status;
  return { type: `response.${type}`, response };
}

function numbered(list: readonly object[]): object[] {
  return list.map((event, index) => ({ ...event, sequence_number: index }));
}
