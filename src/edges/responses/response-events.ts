import type { AnswerPiece, ProviderAnswer } from '../../providers/provider.ts';
import type { JsonObject } from '../../system/json.ts';
import { sealThought } from '../common/thought-state.ts';
import {
  callItem,
  carriersOf,
  finishedResponse,
  itemId,
  messageItem,
  reasoningItem,
  responseWith,
  textPart,
  type RespondedBy,
} from './word-response.ts';

/** One event of a stream: its name is its `type`, too. */
export type ResponseEvent = JsonObject & { readonly type: string };

/** An item on its way, and where it will stand. */
interface OpenItem {
  readonly kind: 'message' | 'reasoning' | 'call';
  readonly index: number;
  readonly id: string;
  /** What came of it: text, thought or arguments. */
  text: string;
  readonly call?: { readonly id: string; readonly name: string };
}

/**
 * Words a streamed answer as the Responses API does: `response.created`, then each item from `output_item.added` over
 * its deltas to `output_item.done`, and at last `response.completed`, `.incomplete` or `.failed`. Every event has the
 * next `sequence_number`. Of calls whose arguments come by turns the items are open side by side.
 */
export class ResponseEvents {
  readonly #by: RespondedBy;
  #sequence = 0;
  #hasBegun = false;
  readonly #output: JsonObject[] = [];
  #items = 0;
  readonly #open: OpenItem[] = [];
  readonly #calls = new Map<number, OpenItem>();

  constructor(by: RespondedBy) {
    this.#by = by;
  }

  /** What a piece of the answer is told as. */
  piece(piece: AnswerPiece): ResponseEvent[] {
    return [...this.#begin(), ...this.#tell(piece)];
  }

  /** The end of an answer. */
  completed(answer: ProviderAnswer): ResponseEvent[] {
    const events = [...this.#begin(), ...this.#close()];
    for (const make of carriersOf(answer, this.#by)) events.push(...this.#whole(make));
    const response = finishedResponse([...this.#output], answer, this.#by);
    const status = response['incomplete_details'] === null ? 'completed' : 'incomplete';
    return [...events, this.#event(`response.${status}`, { response })];
  }

  /** The end of a stream that broke off. */
  failed(error: { readonly code: string; readonly message: string }): ResponseEvent[] {
    const { code, message } = error;
    if (!this.#hasBegun) return [this.#event('error', { code, message, param: null })];
    const response = { ...responseWith('failed', [...this.#output], this.#by), error: { code, message } };
    return [this.#event('response.failed', { response })];
  }

  #begin(): ResponseEvent[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    const response = responseWith('in_progress', [], this.#by);
    return [this.#event('response.created', { response }), this.#event('response.in_progress', { response })];
  }

  #tell(piece: AnswerPiece): ResponseEvent[] {
    switch (piece.kind) {
      case 'text': {
        const [item, opened] = this.#enter('message');
        item.text += piece.text;
        const delta = { ...placeOf(item, 'msg'), content_index: 0, delta: piece.text, logprobs: [] };
        return [...opened, this.#event('response.output_text.delta', delta)];
      }
      case 'reasoning': {
        if (!this.#showsItems()) return [];
        const [item, opened] = this.#enter('reasoning');
        item.text += piece.text;
        if (!this.#by.showsThoughts) return opened;
        const delta = { ...placeOf(item, 'rs'), summary_index: 0, delta: piece.text };
        return [...opened, this.#event('response.reasoning_summary_text.delta', delta)];
      }
      case 'reasoning_end':
        return this.#endThought(piece.providerState);
      case 'tool_call':
        return this.#beginCall(piece);
      case 'tool_arguments': {
        const item = this.#calls.get(piece.index);
        if (item === undefined) return [];
        item.text += piece.text;
        const delta = { ...placeOf(item, 'fc'), delta: piece.text };
        return [this.#event('response.function_call_arguments.delta', delta)];
      }
    }
  }

  #showsItems(): boolean {
    return this.#by.showsThoughts || this.#by.handsOutState;
  }

  #endThought(providerState: string | undefined): ResponseEvent[] {
    if (!this.#showsItems()) return [];
    const seal = providerState === undefined ? '' : sealThought(providerState);
    const [item] = this.#open;
    if (item?.kind === 'reasoning') return this.#close(seal);
    if (seal === '' || !this.#by.handsOutState) return [];
    const closed = this.#close();
    return [...closed, ...this.#whole((id) => reasoningItem(id, { text: '', seal }, this.#by))];
  }

  #beginCall({ index, id, name }: Extract<AnswerPiece, { kind: 'tool_call' }>): ResponseEvent[] {
    // A call may begin before another is complete; whatever else was open is.
    const closed = this.#open.some(({ kind }) => kind !== 'call') ? this.#close() : [];
    const item = this.#start('call', { id, name });
    this.#calls.set(index, item);
    const added = callItem(item.id, { id, name, arguments: '' }, this.#by, 'in_progress');
    return [...closed, this.#event('response.output_item.added', { output_index: item.index, item: added })];
  }

  /** The open item of a kind, and what is told when it had to be opened. */
  #enter(kind: 'message' | 'reasoning'): [OpenItem, ResponseEvent[]] {
    const [open] = this.#open;
    if (open?.kind === kind) return [open, []];
    const closed = this.#close();
    const item = this.#start(kind);
    const added =
      kind === 'message'
        ? messageItem(item.id, '', 'in_progress')
        : reasoningItem(item.id, { text: '', seal: '' }, this.#by);
    const events = [
      ...closed,
      this.#event('response.output_item.added', { output_index: item.index, item: added }),
    ];
    if (kind === 'message') {
      const place = { ...placeOf(item, 'msg'), content_index: 0, part: textPart('') };
      events.push(this.#event('response.content_part.added', place));
    } else if (this.#by.showsThoughts) {
      const place = { ...placeOf(item, 'rs'), summary_index: 0, part: { type: 'summary_text', text: '' } };
      events.push(this.#event('response.reasoning_summary_part.added', place));
    }
    return [item, events];
  }

  #start(kind: OpenItem['kind'], call?: OpenItem['call']): OpenItem {
    const index = this.#items++;
    const item: OpenItem = { kind, index, id: itemId(this.#by, index), text: '', ...(call && { call }) };
    this.#open.push(item);
    return item;
  }

  #close(seal = ''): ResponseEvent[] {
    return this.#open.splice(0).flatMap((item) => this.#done(item, seal));
  }

  #done(item: OpenItem, seal: string): ResponseEvent[] {
    const { text, call } = item;
    if (item.kind === 'call') {
      const whole = callItem(item.id, { id: '', name: '', ...call, arguments: text }, this.#by);
      const done = { ...placeOf(item, 'fc'), name: whole['name'] ?? '', arguments: text };
      return [this.#event('response.function_call_arguments.done', done), this.#itemDone(item.index, whole)];
    }
    if (item.kind === 'message') {
      const place = { ...placeOf(item, 'msg'), content_index: 0 };
      return [
        this.#event('response.output_text.done', { ...place, text, logprobs: [] }),
        this.#event('response.content_part.done', { ...place, part: textPart(text) }),
        this.#itemDone(item.index, messageItem(item.id, text)),
      ];
    }
    const whole = reasoningItem(item.id, { text, seal }, this.#by);
    if (!this.#by.showsThoughts) return [this.#itemDone(item.index, whole)];
    const place = { ...placeOf(item, 'rs'), summary_index: 0 };
    return [
      this.#event('response.reasoning_summary_text.done', { ...place, text }),
      this.#event('response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } }),
      this.#itemDone(item.index, whole),
    ];
  }

  #whole(make: (id: string) => JsonObject): ResponseEvent[] {
    const index = this.#items++;
    const item = make(itemId(this.#by, index));
    return [
      this.#event('response.output_item.added', { output_index: index, item }),
      this.#itemDone(index, item),
    ];
  }

  #itemDone(index: number, item: JsonObject): ResponseEvent {
    this.#output[index] = item;
    return this.#event('response.output_item.done', { output_index: index, item });
  }

  #event(type: string, fields: JsonObject): ResponseEvent {
    return { type, sequence_number: this.#sequence++, ...fields };
  }
}

function placeOf({ id, index }: OpenItem, prefix: string): JsonObject {
  return { item_id: `${prefix}_${id}`, output_index: index };
}
