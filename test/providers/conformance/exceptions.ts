import type { Row, Standing } from './rows.ts';

type Exception = Exclude<Standing, { is: 'as asked' }>;

const all = (names: readonly string[], exception: Exception): Record<string, Standing> =>
  Object.fromEntries(names.map((name) => [name, exception]));

const strictNames = ['openai', 'azure', 'xai'];
const chatNames = ['azure, dated', 'mistral', 'groq', 'togetherai', 'openai-compatible'];

const lateSystem: Exception = {
  is: 'adapted',
  why: 'the API has one at the beginning only; the user says it, marked as what it is',
  source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/system-prompts',
};
const withoutStrict: Exception = {
  is: 'adapted',
  why: 'strict mode takes no optional properties; it is sent without',
  source: 'https://platform.openai.com/docs/guides/structured-outputs#supported-schemas',
};
const noSchema: Exception = {
  is: 'absent',
  why: 'the API has JSON mode alone',
  source: 'https://api-docs.deepseek.com/guides/json_mode',
};
const noThinkingShown: Exception = {
  is: 'absent',
  why: 'the API shows none',
  source: 'https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning',
};
const noStops: Exception = {
  is: 'refused',
  why: 'the API has no field for them',
  source: 'https://platform.openai.com/docs/api-reference/responses/create',
};
const noFiles = (source: string): Exception => ({ is: 'absent', why: 'the API takes no documents', source });
const noSound = (source: string): Exception => ({ is: 'absent', why: 'the API takes no sound', source });
const unsound = (source: string): Exception => ({ ...noSound(source), is: 'refused' });
const unheard = 'the package that speaks for the adapter takes no sound';
const bytesAlone = (source: string): Exception => ({
  is: 'refused',
  why: 'the API takes bytes alone',
  source,
});
const noState = (source: string): Exception => ({
  is: 'absent',
  why: 'the API takes no thinking back',
  source,
});

const xai = 'https://docs.x.ai/developers/rest-api-reference/inference/chat';

const cohere = 'https://docs.cohere.com/reference/chat';

const chat = {
  openai: 'https://platform.openai.com/docs/api-reference/chat/create',
  mistral: 'https://docs.mistral.ai/api/endpoint/chat',
  groq: 'https://console.groq.com/docs/api-reference#chat-create',
  deepseek: 'https://api-docs.deepseek.com/api/create-chat-completion',
  togetherai: 'https://docs.together.ai/reference/chat-completions',
};

const noDocuments: Readonly<Record<string, Standing>> = {
  cohere: noFiles(cohere),
  groq: noFiles(chat.groq),
  deepseek: noFiles(chat.deepseek),
  togetherai: noFiles(chat.togetherai),
};

const noSounds: Readonly<Record<string, Standing>> = {
  openai: unsound('https://platform.openai.com/docs/api-reference/responses/create'),
  azure: unsound('https://platform.openai.com/docs/api-reference/responses/create'),
  anthropic: unsound('https://platform.claude.com/docs/en/api/messages'),
  mistral: { ...unsound(chat.mistral), why: unheard },
  'amazon-bedrock': {
    ...unsound('https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html'),
    why: unheard,
  },
  cohere: noSound(cohere),
  groq: noSound(chat.groq),
  xai: unsound(xai),
  deepseek: noSound(chat.deepseek),
  togetherai: noSound(chat.togetherai),
};

/** Where an adapter does not do as asked, by row and by the adapter's name. */
export const exceptions: Readonly<Partial<Record<Row, Readonly<Record<string, Standing>>>>> = {
  system: {
    ...all(['anthropic', 'google', 'google-vertex', 'amazon-bedrock', 'mistral'], lateSystem),
    google: { ...lateSystem, source: 'https://ai.google.dev/api/generate-content' },
    'google-vertex': { ...lateSystem, source: 'https://ai.google.dev/api/generate-content' },
    'amazon-bedrock': {
      ...lateSystem,
      source: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html',
    },
    mistral: { ...lateSystem, source: chat.mistral },
  },
  schema: { deepseek: noSchema },
  'loose schema': { ...all([...strictNames, ...chatNames], withoutStrict), deepseek: noSchema },
  'image urls': {
    'amazon-bedrock': bytesAlone(
      'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageSource.html',
    ),
  },
  documents: noDocuments,
  'document urls': {
    ...noDocuments,
    'azure, dated': bytesAlone(chat.openai),
    'openai-compatible': bytesAlone(chat.openai),
    'amazon-bedrock': bytesAlone(
      'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentSource.html',
    ),
  },
  audio: noSounds,
  'audio urls': {
    ...noSounds,
    'azure, dated': bytesAlone(chat.openai),
    'openai-compatible': bytesAlone(chat.openai),
  },
  thoughts: { 'azure, dated': noThinkingShown },
  state: {
    'azure, dated': noState(chat.openai),
    togetherai: noState(chat.togetherai),
  },
  stops: { openai: noStops, azure: noStops, xai: { ...noStops, source: xai } },
};
