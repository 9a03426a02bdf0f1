import {
  InvalidResponseDataError,
  type LanguageModelV4FinishReason,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { createNullLanguageModelUsage, StreamingToolCallTracker } from '@ai-sdk/provider-utils';
import type { Heard } from '../../wire/hear.ts';
import { isJson, type Json } from '../../wire/sound-json.ts';
import { NamedCalls, type CallDelta } from './named-calls.ts';

/** Texts and thoughts of one stream are one each, however often they alternate. */
const ids = { text: 'txt-0', reasoning: 'reasoning-0' } as const;

/** Makes the parts of a stream from its chunks, in the terms of the SDK. */
export class ChunkParts {
  #parts: LanguageModelV4StreamPart[] = [];
  readonly #named: NamedCalls;
  readonly #calls: StreamingToolCallTracker<CallDelta>;
  #open: keyof typeof ids | undefined;
  #reason: string | undefined;
  #hasRefused = false;

  /** `owner`: of what comes with a call for its provider. */
  constructor(owner: string) {
    const enqueue = (part: LanguageModelV4StreamPart): void => void this.#parts.push(part);
    this.#calls = new StreamingToolCallTracker<CallDelta>(
      { enqueue },
      {
        extractMetadata: ({ extra_content }) => {
          const thoughtSignature = extra_content?.google?.thought_signature;
          return thoughtSignature ? { [owner]: { thoughtSignature } } : undefined;
        },
        buildToolCallProviderMetadata: (metadata) => metadata,
      },
    );
    this.#named = new NamedCalls((delta) => this.#calls.processDelta(delta));
  }

  /** What has come since it was asked last. */
  taken(): readonly LanguageModelV4StreamPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  /** Takes what was heard; what was passed over is nothing. */
  take({ kind, value }: Heard): void {
    if (kind === 'unreadable') {
      this.#parts.push({ type: 'raw', rawValue: undefined }, { type: 'error', error: unreadable });
    } else if (value !== undefined) {
      this.#parts.push({ type: 'raw', rawValue: value });
      const choices = value['choices'];
      const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
      if (isJson(choice)) this.#orTell(() => this.#choose(choice));
    }
  }

  /** The stream has ended. */
  end(): void {
    this.#close();
    this.#orTell(() => {
      this.#named.end();
      this.#calls.flush();
    });
    if (this.#reason === undefined) this.#parts.push({ type: 'error', error: unexplained });
    const finishReason = finishOf(this.#reason, this.#hasRefused);
    this.#parts.push({ type: 'finish', finishReason, usage: createNullLanguageModelUsage() });
  }

  /** What came before a call that is none is handed on all the same. */
  #orTell(make: () => void): void {
    try {
      make();
    } catch (error) {
      if (!InvalidResponseDataError.isInstance(error)) throw error;
      this.#parts.push({ type: 'error', error });
    }
  }

  #choose({ finish_reason: reason, delta }: Json): void {
    if (typeof reason === 'string') this.#reason = reason;
    if (!isJson(delta)) return;
    const { reasoning_content: thought, reasoning, content, refusal, tool_calls: calls } = delta;
    this.#say('reasoning', thought ?? reasoning);
    if (Array.isArray(content)) this.#sayAll(content);
    else this.#say('text', content);
    if (typeof refusal === 'string' && refusal !== '') {
      this.#hasRefused = true;
      this.#say('text', refusal);
    }
    if (!Array.isArray(calls) || calls.length === 0) return;
    if (this.#open === 'reasoning') this.#close();
    for (const call of calls as readonly CallDelta[]) this.#named.take(call);
  }

  /** Mistral's models, by whoever serves them, write in parts, some of which are thoughts of parts themselves. */
  #sayAll(parts: readonly unknown[]): void {
    for (const part of parts) {
      if (!isJson(part)) continue;
      const { type, text, thinking } = part;
      if (type === 'text') this.#say('text', text);
      else if (type === 'thinking' && Array.isArray(thinking)) this.#say('reasoning', textOf(thinking));
    }
  }

  #say(kind: keyof typeof ids, delta: unknown): void {
    if (typeof delta !== 'string' || delta === '') return;
    const id = ids[kind];
    if (this.#open !== kind) {
      this.#close();
      this.#open = kind;
      this.#parts.push({ type: `${kind}-start`, id });
    }
    this.#parts.push({ type: `${kind}-delta`, id, delta });
  }

  #close(): void {
    if (this.#open !== undefined) this.#parts.push({ type: `${this.#open}-end`, id: ids[this.#open] });
    this.#open = undefined;
  }
}

function textOf(parts: readonly unknown[]): string {
  const texts = parts.map((part) => (isJson(part) && part['type'] === 'text' ? part['text'] : ''));
  return texts.filter((text) => typeof text === 'string').join('');
}

const unreadable = new InvalidResponseDataError({ data: undefined, message: 'A chunk is no JSON.' });
const unexplained = new InvalidResponseDataError({
  data: undefined,
  message: 'The stream ended without saying why.',
});

const unified: Readonly<Record<string, LanguageModelV4FinishReason['unified']>> = {
  __proto__: null as never,
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  function_call: 'tool-calls',
  tool_calls: 'tool-calls',
};

function finishOf(raw: string | undefined, hasRefused: boolean): LanguageModelV4FinishReason {
  if (raw === undefined) return { unified: 'error', raw };
  return { unified: hasRefused && raw === 'stop' ? 'content-filter' : (unified[raw] ?? 'other'), raw };
}
