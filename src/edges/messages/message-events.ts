import type { AnswerPiece, ProviderAnswer } from '../../providers/provider.ts';
import type { JsonObject } from '../../system/json.ts';
import { sealThought } from '../common/thought-state.ts';
import { carrierOf, stopOf, wordUsage, type AnsweredBy } from './word-message.ts';

/** One event of a stream: its name is its `type`, too. */
export type MessageEvent = JsonObject & { readonly type: string };

type Block = { readonly kind: 'text' | 'thinking' | 'tool'; readonly index: number };

/**
 * Words a streamed answer as Anthropic does: `message_start`, for each block `content_block_start`, deltas and
 * `content_block_stop`, then `message_delta` and `message_stop`. Of calls whose arguments come by turns the blocks
 * are open side by side; every other block ends where the next begins.
 */
export class MessageEvents {
  readonly #by: AnsweredBy;
  readonly #inputTokens: number;
  #hasBegun = false;
  #blocks = 0;
  readonly #open: Block[] = [];
  readonly #calls = new Map<number, Block>();

  /** `inputTokens`: our own estimate, until the provider's count comes with the end. */
  constructor(by: AnsweredBy, inputTokens: number) {
    this.#by = by;
    this.#inputTokens = inputTokens;
  }

  /** What a piece of the answer is told as. */
  piece(piece: AnswerPiece): MessageEvent[] {
    return [...this.#begin(), ...this.#tell(piece)];
  }

  /** The end of an answer that is complete. */
  completed(answer: ProviderAnswer): MessageEvent[] {
    return [
      ...this.#begin(),
      ...this.#close(),
      ...carrierOf(answer).flatMap((block) => this.#whole(block)),
      { type: 'message_delta', delta: stopOf(answer), usage: wordUsage(answer.usage) },
      { type: 'message_stop' },
    ];
  }

  #begin(): MessageEvent[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    const { id, model } = this.#by;
    const usage = wordUsage({ inputTokens: this.#inputTokens, outputTokens: 0, reasoningTokens: 0 });
    const message = {
      ...{ id, type: 'message', role: 'assistant', model, content: [] },
      ...{ stop_reason: null, stop_sequence: null, usage },
    };
    return [{ type: 'message_start', message }, { type: 'ping' }];
  }

  #tell(piece: AnswerPiece): MessageEvent[] {
    switch (piece.kind) {
      case 'text':
        return [
          ...this.#enter('text', { type: 'text', text: '' }),
          this.#delta({ type: 'text_delta', text: piece.text }),
        ];
      case 'reasoning': {
        const entered = this.#enter('thinking', { type: 'thinking', thinking: '', signature: '' });
        if (!this.#by.showsThoughts) return entered;
        return [...entered, this.#delta({ type: 'thinking_delta', thinking: piece.text })];
      }
      case 'reasoning_end':
        return this.#endThought(piece.providerState);
      case 'tool_call': {
        const { id, name } = piece;
        // A call may begin before another is complete; whatever else was open is.
        const closed = this.#open.some(({ kind }) => kind !== 'tool') ? this.#close() : [];
        const started = this.#start('tool', { type: 'tool_use', id, name, input: {} });
        const block = this.#open.at(-1);
        if (block !== undefined) this.#calls.set(piece.index, block);
        return [...closed, started];
      }
      case 'tool_arguments': {
        const block = this.#calls.get(piece.index);
        const delta = { type: 'input_json_delta', partial_json: piece.text };
        return block === undefined ? [] : [{ type: 'content_block_delta', index: block.index, delta }];
      }
    }
  }

  #endThought(providerState: string | undefined): MessageEvent[] {
    const seal = providerState === undefined ? '' : sealThought(providerState);
    if (this.#open.at(-1)?.kind !== 'thinking') {
      return seal === '' ? [] : [...this.#close(), ...this.#whole({ type: 'redacted_thinking', data: seal })];
    }
    const signed = seal === '' ? [] : [this.#delta({ type: 'signature_delta', signature: seal })];
    return [...signed, ...this.#close()];
  }

  #enter(kind: Block['kind'], block: JsonObject): MessageEvent[] {
    if (this.#open.length === 1 && this.#open[0]?.kind === kind) return [];
    return [...this.#close(), this.#start(kind, block)];
  }

  #start(kind: Block['kind'], block: JsonObject): MessageEvent {
    const index = this.#blocks++;
    this.#open.push({ kind, index });
    return { type: 'content_block_start', index, content_block: block };
  }

  #delta(delta: JsonObject): MessageEvent {
    return { type: 'content_block_delta', index: this.#open.at(-1)?.index ?? 0, delta };
  }

  #close(): MessageEvent[] {
    return this.#open.splice(0).map(({ index }) => ({ type: 'content_block_stop', index }));
  }

  #whole(block: JsonObject): MessageEvent[] {
    const index = this.#blocks++;
    return [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ];
  }
}
