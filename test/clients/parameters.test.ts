import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { apiParameters } from '../../src/edges/parameters-guide.ts';

const file = (path: string) => readFileSync(new URL(`node_modules/${path}`, import.meta.url), 'utf8');

/** The fields of an interface in a package's type definitions, those of nested types left out. */
function fieldsOf(path: string, name: string): string[] {
  const text = file(path);
  const from = text.indexOf(`export interface ${name} {`);
  if (from === -1) throw new Error(`${path} declares no ${name}`);
  // A field stands four columns in; an interface ends where a brace does in the first.
  const body = text.slice(from, text.indexOf('\n}', from));
  return [...body.matchAll(/^ {4}'?(\w+)'?\??:/gm)].map(([, field]) => field!);
}

describe.skipIf(!inject('clients'))('every field that the newest client can send', () => {
  it.each([
    [
      'POST /v1/chat/completions',
      'openai/resources/chat/completions/completions.d.ts',
      'ChatCompletionCreateParamsBase',
    ],
    ['POST /v1/responses', 'openai/resources/responses/responses.d.ts', 'ResponseCreateParamsBase'],
    ['POST /v1/embeddings', 'openai/resources/embeddings.d.ts', 'EmbeddingCreateParams'],
    ['POST /v1/messages', '@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCreateParamsBase'],
    ['POST /v1/messages', '@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCountTokensParams'],
    [
      'POST /v1/messages',
      '@anthropic-ai/sdk/resources/beta/messages/messages.d.ts',
      'MessageCreateParamsBase',
    ],
    [
      'POST /v1/messages',
      '@anthropic-ai/sdk/resources/beta/messages/messages.d.ts',
      'MessageCountTokensParams',
    ],
  ])('has its fate in the table of %s (%s, %s)', (api, path, name) => {
    const known = new Set(Object.keys(apiParameters[api]!));
    const fields = fieldsOf(path, name);
    expect(fields.length).toBeGreaterThan(4);
    // The client makes a header of `betas`.
    expect(fields.filter((field) => !known.has(field) && field !== 'betas')).toEqual([]);
  });
});
