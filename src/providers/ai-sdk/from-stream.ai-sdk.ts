import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { JsonObject } from '../../system/json.ts';
import { detailsOf, joinDetails, withDetails } from './chat/reasoning-details.ts';
import { endingWord, stopSequenceIn } from '../wire/raw-body.ts';
import { MAX_ANSWER_CHARACTERS } from '../answer-bounds.ts';
import type { ResponseFormat } from '../message.ts';
import type { StreamPart } from '../provider.ts';
import { StreamedCalls } from './streamed-calls.ts';
import { readCounts, type TokenCounts } from './token-counts.ts';

type PartOf<Type extends LanguageModelV4StreamPart['type']> = Extract<
  LanguageModelV4StreamPart,
  { readonly type: Type }
>;

type Told = Exclude<StreamPart, { kind: 'end' }>;

const progress: readonly Told[] = [{ kind: 'progress' }];
const nothing: readonly Told[] = [];

/** What is kept for a provider, as text that only it reads. */
export interface Seals {
  /** Of a thought that is complete. */
  thought(thought: Reasoning): string | undefined;
  /**
   * Of a tool call that has begun after these thoughts, as `AnswerPiece` has it; `chunk`: what it began with, as the
   * provider sent it.
   */
  begunCall(thoughts: readonly Reasoning[], chunk: unknown): string | null | undefined;
}

type Text = Extract<LanguageModelV4Content, { type: 'text' }>;
type Reasoning = Extract<LanguageModelV4Content, { type: 'reasoning' }>;

/** Texts, thoughts and calls of one answer at most. */
const MAX_CONTENT_PARTS = 20_000;

/** What has been read of a stream that was asked for with `includeRawChunks`. */
export class StreamedAnswer {
  readonly #format: ResponseFormat['type'];
  readonly #seals: Seals;
  readonly #content: LanguageModelV4Content[] = [];
  readonly #calls = new StreamedCalls(this.#content);
  readonly #texts = new Map<string, Text>();
  readonly #thoughts = new Map<string, Reasoning>();
  /** Those that are not complete. */
  readonly #thinking = new Set<Reasoning>();
  #finish: PartOf<'finish'> | undefined;
  #counts: TokenCounts | undefined;
  #lastChunk: unknown;
  #word: string | undefined;
  #stopSequence: string | undefined;
  #size = 0;
  /** Of the inputs of calls on their way, which are counted once more when they are whole. */
  #inputSize = 0;
  /** In pieces, as they came. */
  readonly #details: JsonObject[] = [];
  #warnings: LanguageModelV4GenerateResult['warnings'] = [];

  constructor(format: ResponseFormat['type'], seals: Seals) {
    this.#format = format;
    this.#seals = seals;
  }

  /** What the provider has counted by now; undefined when it has told nothing. */
  get counts(): TokenCounts | undefined {
    return this.#counts;
  }

  /** What has come by now. */
  get content(): readonly LanguageModelV4Content[] {
    return this.#content;
  }

  /** The chunk that the last parts were made from, as the provider sent it. */
  get lastChunk(): unknown {
    return this.#lastChunk;
  }

  /** Whether more has come than any model writes. */
  get isTooLarge(): boolean {
    return (
      Math.max(this.#size, this.#inputSize) > MAX_ANSWER_CHARACTERS ||
      this.#content.length > MAX_CONTENT_PARTS
    );
  }

  /** The provider's own last word for the end, as `endingWord` reads it. */
  get word(): string | undefined {
    return this.#word;
  }

  /** Where the provider says that the model stopped, as `stopSequenceIn` reads it. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  /** What of the request the SDK has left out. */
  get warnings(): LanguageModelV4GenerateResult['warnings'] {
    return this.#warnings;
  }

  /** Takes the stream's next part; returns what the consumer learns of it. Has nothing to do with errors. */
  take(part: LanguageModelV4StreamPart): readonly Told[] {
    switch (part.type) {
      case 'raw':
        this.#lastChunk = part.rawValue;
        this.#counts = readCounts(part.rawValue, this.#counts);
        this.#word = endingWord(part.rawValue) ?? this.#word;
        this.#stopSequence = stopSequenceIn(part.rawValue) ?? this.#stopSequence;
        this.#keepDetails(detailsOf(part.rawValue));
        return nothing;
      case 'stream-start':
        this.#warnings = part.warnings;
        return nothing;
      case 'text-start':
        this.#openText(part);
        return nothing;
      case 'text-delta':
      case 'text-end':
        return this.#say(part);
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return this.#think(part);
      case 'tool-call':
      case 'tool-input-start':
      case 'tool-input-delta':
        return this.#call(part);
      case 'finish':
        this.#finish = part;
        return [...this.#endThoughts(), ...this.#calls.end()];
      default:
        return nothing;
    }
  }

  /** The whole as `doGenerate` would have returned it; undefined when the model has not said why it ended. */
  whole(): LanguageModelV4GenerateResult | undefined {
    if (this.#finish === undefined || !saysWhy(this.#finish)) return undefined;
    const { finishReason, usage } = this.#finish;
    const content = withDetails(this.#content, joinDetails(this.#details));
    return { content, finishReason, usage, warnings: [] };
  }

  #keepDetails(pieces: readonly JsonObject[]): void {
    for (const piece of pieces) {
      this.#size += JSON.stringify(piece).length;
      this.#details.push(piece);
    }
  }

  #openText(part: PartOf<'text-start'>): void {
    // Remarks on the way to a JSON answer are no part of it.
    if (this.#format !== 'text' && isCommentary(part)) return;
    const text: Text = { type: 'text', text: '' };
    this.#texts.set(part.id, text);
    this.#content.push(text);
    this.#say(part);
  }

  #say(part: PartOf<'text-start' | 'text-delta' | 'text-end'>): readonly Told[] {
    const text = this.#texts.get(part.id);
    // What a text is marked with comes with any of its pieces, or behind them.
    const { providerMetadata } = part;
    if (text !== undefined && providerMetadata !== undefined) text.providerMetadata = providerMetadata;
    const delta = part.type === 'text-delta' ? part.delta : '';
    if (delta === '') return nothing;
    this.#size += delta.length;
    if (text === undefined) return progress;
    text.text += delta;
    return [{ kind: 'text', text: delta }];
  }

  #think(part: PartOf<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>): readonly Told[] {
    let thought = this.#thoughts.get(part.id);
    if (thought === undefined || part.type === 'reasoning-start') {
      thought = { type: 'reasoning', text: '' };
      this.#thoughts.set(part.id, thought);
      this.#thinking.add(thought);
      this.#content.push(thought);
    }
    // The last one holds: signatures and sealed forms come when the thought is complete.
    if (part.providerMetadata !== undefined) thought.providerMetadata = part.providerMetadata;
    if (part.type === 'reasoning-start') return nothing;
    if (part.type === 'reasoning-end') {
      this.#thinking.delete(thought);
      return this.#endThought(thought);
    }
    thought.text += part.delta;
    this.#size += part.delta.length;
    return part.delta === '' ? progress : [{ kind: 'reasoning', text: part.delta }];
  }

  /** Ends what nobody has ended. */
  #endThoughts(): readonly Told[] {
    const open = [...this.#thinking];
    this.#thinking.clear();
    return open.flatMap((thought) => this.#endThought(thought));
  }

  #endThought(thought: Reasoning): readonly Told[] {
    const providerState = this.#seals.thought(thought);
    if (thought.text === '' && providerState === undefined) return nothing;
    return [{ kind: 'reasoning_end', ...(providerState !== undefined && { providerState }) }];
  }

  /** What a call that begins now brings back: its thoughts are those since the last one. */
  #stateOfNext(): string | null | undefined {
    if (this.#thinking.size > 0) return undefined;
    const since = this.#content.findLastIndex(({ type }) => type === 'tool-call') + 1;
    const thoughts = this.#content.slice(since).filter((part) => part.type === 'reasoning');
    // Details go with the first call when all of them have come.
    return this.#details.length > 0 ? undefined : this.#seals.begunCall(thoughts, this.#lastChunk);
  }

  #call(part: PartOf<'tool-call' | 'tool-input-start' | 'tool-input-delta'>): readonly Told[] {
    const told = this.#callPieces(part);
    return told.length === 0 ? progress : told;
  }

  #callPieces(part: PartOf<'tool-call' | 'tool-input-start' | 'tool-input-delta'>): readonly Told[] {
    switch (part.type) {
      case 'tool-input-start':
        return part.providerExecuted === true ? nothing : this.#calls.begin(part, this.#stateOfNext());
      case 'tool-input-delta':
        this.#inputSize += part.delta.length;
        return this.#calls.write(part.id, part.delta);
      case 'tool-call':
        this.#size += part.input.length;
        if (part.providerExecuted !== true) return this.#calls.complete(part);
        this.#content.push(part);
        return nothing;
    }
  }
}

/** A stream that just ends makes the SDKs finish it with one of these, and no word of the provider's own. */
function saysWhy({ finishReason: { unified, raw } }: PartOf<'finish'>): boolean {
  return raw !== undefined || (unified !== 'other' && unified !== 'interrupted' && unified !== 'error');
}

function isCommentary({ providerMetadata }: PartOf<'text-start'>): boolean {
  return Object.values(providerMetadata ?? {}).some((metadata) => metadata['phase'] === 'commentary');
}
