import type { Capability } from '../../../src/catalog/model.ts';

/** What a caller may ask of a model, or learn from its answer: a row of the table, proved for each adapter. */
export const rows = {
  text: 'text, whole and streamed',
  parts: 'several parts',
  system: 'system message amid turns',
  tools: 'tools, several at once',
  'odd ids': 'tool calls with odd ids',
  'no arguments': 'tool calls without arguments',
  'forced tools': 'a tool that must be called',
  schema: 'JSON schema, all required',
  'loose schema': 'JSON schema, some optional',
  'image urls': 'images by URL',
  'image bytes': 'images by bytes',
  documents: 'PDF by bytes',
  'document urls': 'PDF by URL',
  audio: 'sound by bytes',
  'audio urls': 'sound by URL',
  effort: 'reasoning effort',
  thoughts: 'reasoning text',
  state: 'reasoning goes back in order',
  parameters: 'names and ranges of parameters',
  stops: 'stop sequences',
  cache: 'cached and written tokens',
  endings: 'every finish reason',
  refusals: 'every failure, whole',
  'broken streams': 'every failure, amid a stream',
} as const;

export type Row = keyof typeof rows;

export const rowNames = Object.keys(rows) as readonly Row[];

/** The rows that hold what the catalog says of a model; null: it is asked for in another way than a question. */
export const rowsOfCapability: Readonly<Record<Capability, readonly Row[] | null>> = {
  TOOLS: ['tools', 'odd ids', 'no arguments'],
  VISION: ['image urls', 'image bytes'],
  JSON_SCHEMA: ['schema', 'loose schema'],
  STREAMING: ['text', 'broken streams'],
  REASONING: ['effort'],
  DOCUMENTS: ['documents'],
  AUDIO: ['audio'],
  STOP_SEQUENCES: ['stops'],
  FORCED_TOOLS: ['forced tools'],
  EMBEDDINGS: null,
};

/**
 * What becomes of a row with an adapter. `adapted`: it is asked in the nearest way that the API has, and a notice says
 * so; `refused`: nothing is sent, because what was demanded cannot be asked; `absent`: the API does not have it; `missing`:
 * the API has it, the adapter does not.
 */
export type Standing =
  | { readonly is: 'as asked' }
  | {
      readonly is: 'adapted' | 'refused' | 'absent' | 'missing';
      readonly why: string;
      readonly source: string;
    };
