import type { Row } from '../rows.ts';
import { brokenStreams, endings, refusals } from './ends.ts';
import {
  audio,
  audioUrls,
  documents,
  documentUrls,
  imageBytes,
  imageUrls,
  looseSchema,
  schema,
} from './formats.ts';
import { cache, parameters, stops } from './parameters.ts';
import type { Proof } from './proof.ts';
import { parts, system, text } from './texts.ts';
import { effort, state, thoughts } from './thinking.ts';
import { forcedTools, noArguments, oddIds, tools } from './tools.ts';

/** How each row is shown. */
export const proofs: Readonly<Record<Row, Proof>> = {
  ...{ text, parts, system, tools, schema, documents, audio, effort, thoughts, state },
  ...{ parameters, stops, cache, endings, refusals },
  'odd ids': oddIds,
  'no arguments': noArguments,
  'forced tools': forcedTools,
  'loose schema': looseSchema,
  'document urls': documentUrls,
  'audio urls': audioUrls,
  'image urls': imageUrls,
  'image bytes': imageBytes,
  'broken streams': brokenStreams,
};
