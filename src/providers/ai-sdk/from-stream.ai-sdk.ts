import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { endingWord } from './raw-body.ts';
import type { ResponseFormat } from '../message.ts';
import type { StreamPart } from '../provider.ts';
import { readCounts, type TokenCounts } from './token-counts.ts';

type PartOf<Type extends LanguageModelV4StreamPart['type']> = Extract<
  LanguageModelV4StreamPart,
  { readonly type: Type }
>;

type Told = Exclude<StreamPart, { kind: 'end' }>;
type Text = { type: 'text'; text: string };
type Reasoning = Extract<LanguageModelV4Content, { type: 'reasoning' }>;

/** What has been read of a stream that was asked for with `includeRawChunks`. */
export class StreamedAnswer {
  readonly #format: ResponseFormat['type'];
  readonly #content: LanguageModelV4Content[] = [];
  readonly #texts = new Map<string, Text>();
  readonly #thoughts = new Map<string, Reasoning>();
  #finish: PartOf<'finish'> | undefined;
  #counts: TokenCounts | undefined;
  #lastChunk: unknown;
  #word: string | undefined;
  #warnings: LanguageModelV4GenerateResult['warnings'] = [];

  constructor(format: ResponseFormat['type']) {
    this.#format = format;
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

  /** The provider's own last word for the end, as `endingWord` reads it. */
  get word(): string | undefined {
    return this.#word;
  }

  /** What of the request the SDK has left out. */
  get warnings(): LanguageModelV4GenerateResult['warnings'] {
    return this.#warnings;
  }

  /** Takes the stream's next part; returns what the consumer learns of it. Has nothing to do with errors. */
  take(part: LanguageModelV4StreamPart): Told | undefined {
    switch (part.type) {
      case 'raw':
        this.#lastChunk = part.rawValue;
        this.#counts = readCounts(part.rawValue, this.#counts);
        this.#word = endingWord(part.rawValue) ?? this.#word;
        return undefined;
      case 'stream-start':
        this.#warnings = part.warnings;
        return undefined;
      case 'text-start':
        this.#openText(part);
        return undefined;
      case 'text-delta':
        return this.#say(part);
      case 'reasoning-start':
      case 'reasoning-end':
        this.#think(part);
        return undefined;
      case 'reasoning-delta':
        this.#think(part);
        return { kind: 'progress' };
      case 'tool-call':
        this.#content.push(part);
        return { kind: 'progress' };
      case 'tool-input-start':
      case 'tool-input-delta':
        return { kind: 'progress' };
      case 'finish':
        this.#finish = part;
        return undefined;
      default:
        return undefined;
    }
  }

  /** The whole as `doGenerate` would have returned it; undefined when the model has not said why it ended. */
  whole(): LanguageModelV4GenerateResult | undefined {
    if (this.#finish === undefined || !saysWhy(this.#finish)) return undefined;
    const { finishReason, usage } = this.#finish;
    return { content: this.#content, finishReason, usage, warnings: [] };
  }

  #openText(part: PartOf<'text-start'>): void {
    // Remarks on the way to a JSON answer are no part of it.
    if (this.#format !== 'text' && isCommentary(part)) return;
    const text: Text = { type: 'text', text: '' };
    this.#texts.set(part.id, text);
    this.#content.push(text);
  }

  #say({ id, delta }: PartOf<'text-delta'>): Told | undefined {
    if (delta === '') return undefined;
    const text = this.#texts.get(id);
    if (text === undefined) return { kind: 'progress' };
    text.text += delta;
    return { kind: 'text', text: delta };
  }

  #think(part: PartOf<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>): void {
    let thought = this.#thoughts.get(part.id);
    if (thought === undefined || part.type === 'reasoning-start') {
      thought = { type: 'reasoning', text: '' };
      this.#thoughts.set(part.id, thought);
      this.#content.push(thought);
    }
    if (part.type === 'reasoning-delta') thought.text += part.delta;
    // The last one holds: signatures and sealed forms come when the thought is complete.
    if (part.providerMetadata !== undefined) thought.providerMetadata = part.providerMetadata;
  }
}

/** A stream that just ends makes the SDKs finish it with one of these, and no word of the provider's own. */
function saysWhy({ finishReason: { unified, raw } }: PartOf<'finish'>): boolean {
  return raw !== undefined || (unified !== 'other' && unified !== 'interrupted' && unified !== 'error');
}

function isCommentary({ providerMetadata }: PartOf<'text-start'>): boolean {
  return Object.values(providerMetadata ?? {}).some((metadata) => metadata['phase'] === 'commentary');
}
