import type { Block } from './said.ts';

/** A request as its provider reads it, in no dialect's words. What it says nothing of is absent. */
export interface Asked {
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly AskedTool[];
  /** `auto`, `none`, `required`, or the name of the tool that is to be called. */
  readonly toolChoice?: string;
  readonly schema?: { readonly schema: unknown; readonly strict: boolean };
  /** What the output budget is called, and the tokens. */
  readonly budget?: readonly [name: string, tokens: number];
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly stops: readonly string[];
  /** How hard to think, by a word or by a number of tokens. */
  readonly effort?: string | number;
}

export interface AskedTool {
  readonly name: string;
  readonly schema: unknown;
  readonly strict: boolean;
}

export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly parts: readonly Part[];
}

/** What a turn is made of: pieces of an answer come back as such. */
export type Part = Block | { readonly kind: 'result'; readonly id: string; readonly text: string } | FilePart;

export interface FilePart {
  readonly kind: 'file';
  /** Absent where the dialect does not say it. */
  readonly mediaType?: string;
  /** A URL, or bytes. */
  readonly url?: string;
  readonly base64?: string;
  readonly filename?: string;
}

/** A file by what stands where a URL is expected, a `data:` one included. */
export function fileAt(address: string, filename?: string): FilePart {
  const [, mediaType, base64] = /^data:([^;,]+);base64,(.*)$/s.exec(address) ?? [];
  const named = filename === undefined ? {} : { filename };
  return mediaType === undefined || base64 === undefined
    ? { kind: 'file', url: address, ...named }
    : { kind: 'file', mediaType, base64, ...named };
}

export type Json = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Those of some fields that are there, by other names. */
export function present(body: Json, names: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(names).flatMap(([field, name]) =>
      body[field] === undefined ? [] : [[name, body[field]]],
    ),
  );
}
