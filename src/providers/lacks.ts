import { isDatedAzure } from './adapter-settings.ts';
import type { Adapter, SdkConnection } from './provider.ts';

/** What a caller can demand and cannot be asked for somewhere, whatever the catalog says of a model. */
export type Lack =
  'STOP_SEQUENCES' | 'FORCED_TOOLS' | 'DOCUMENTS' | 'AUDIO' | 'IMAGE_URLS' | 'DOCUMENT_URLS' | 'AUDIO_URLS';

/** Claude models that can never be made to call a tool. */
const unforced = /claude-((opus|sonnet)-5-5|fable-5-[12])/;

/** OpenAI's models on Bedrock, of a region or not: Converse refuses stop sequences of them. */
const openaiOnBedrock = /^([^.]+\.)?openai\./;

/** Responses have no field for stop sequences, and none for sound. */
const responses: readonly Lack[] = ['STOP_SEQUENCES', 'AUDIO'];

/** Chat Completions take bytes alone of what is no image. */
const chat: readonly Lack[] = ['DOCUMENT_URLS', 'AUDIO_URLS'];

/** What an adapter lacks for all models. Its API does, or the package that speaks for it. */
const always: Readonly<Record<Adapter, readonly Lack[]>> = {
  openai: responses,
  anthropic: ['AUDIO'],
  google: [],
  mistral: ['AUDIO'],
  cohere: ['DOCUMENTS', 'AUDIO'],
  groq: ['DOCUMENTS', 'AUDIO'],
  xai: responses,
  deepseek: ['DOCUMENTS', 'AUDIO'],
  togetherai: chat,
  'amazon-bedrock': ['AUDIO', 'IMAGE_URLS', 'DOCUMENT_URLS'],
  azure: responses,
  'google-vertex': [],
  'openai-compatible': chat,
  simulated: [],
};

/** What it lacks for some, by their names. */
const ofModels: Partial<Readonly<Record<Adapter, readonly (readonly [RegExp, Lack])[]>>> = {
  anthropic: [[unforced, 'FORCED_TOOLS']],
  'amazon-bedrock': [
    [unforced, 'FORCED_TOOLS'],
    [openaiOnBedrock, 'STOP_SEQUENCES'],
  ],
};

/** What cannot be asked of a model at its provider. A dated version of Azure's API has Chat Completions alone. */
export function lacksOf(
  { adapter, settings }: { readonly adapter: Adapter } & Pick<SdkConnection, 'settings'>,
  modelSlug: string,
): readonly Lack[] {
  const lacked = isDatedAzure(adapter, settings) ? chat : always[adapter];
  const named = ofModels[adapter]?.filter(([names]) => names.test(modelSlug)).map(([, lack]) => lack) ?? [];
  return [...lacked, ...named];
}
