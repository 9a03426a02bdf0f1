import { cohereChat } from './dialects/cohere-chat.ts';
import { converse } from './dialects/converse.ts';
import { generateContent } from './dialects/generate-content.ts';
import { messages } from './dialects/messages.ts';
import { responses, xaiResponses } from './dialects/responses.ts';
import * as ofChat from './refusals/of-chat-completions.ts';
import * as refusals from './refusals/of-dialects.ts';
import { callBlock, textBlock, thoughtBlock } from './said.ts';
import { chat, subject, type Subject } from './subject.ts';

const openaiEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

const ofResponses = {
  fixture: responses,
  efforts: openaiEfforts,
  budgetName: 'max_output_tokens',
  spentWord: 'incomplete max_output_tokens',
  written: true,
  interleaved: [
    thoughtBlock('Rome?', 'sealed-1'),
    callBlock('call_1', 'Rome'),
    thoughtBlock('Oslo?', 'sealed-2'),
    callBlock('call_2', 'Oslo'),
  ],
};

const ofGoogle = {
  fixture: generateContent,
  refusals: refusals.google,
  model: 'gemini-2.5-flash',
  models: ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-3.5-flash'],
  efforts: ['minimal', 'low', 'medium', 'high', 'xhigh'],
  budgetName: 'maxOutputTokens',
  spentWord: 'MAX_TOKENS',
  interleaved: [
    thoughtBlock('Rome and Oslo.'),
    { ...callBlock('weather', 'Rome', 'sealed-1') },
    { ...callBlock('weather', 'Oslo') },
  ],
};

const ofClaude = [
  textBlock('Let me see.'),
  thoughtBlock('Rome?', 'sealed-1'),
  callBlock('toolu_1', 'Rome'),
  thoughtBlock('Oslo?', 'sealed-2'),
  callBlock('toolu_2', 'Oslo'),
];

/** Where one thought stands before everything else. */
const ofThinkers = [
  thoughtBlock('Both.'),
  textBlock('Let me see.'),
  callBlock('call_1', 'Rome'),
  callBlock('call_2', 'Oslo'),
];

/** Every adapter, each once; Azure twice, since its two APIs are two dialects. */
export const subjects: readonly Subject[] = [
  subject({ name: 'openai', refusals: refusals.openai, ...ofResponses }),
  subject({
    ...{ name: 'anthropic', fixture: messages, refusals: refusals.anthropic },
    ...{ model: 'claude-haiku-4-5', efforts: ['low', 'medium', 'high', 'max', 'none'] },
    ...{ spentWord: 'max_tokens', written: true, interleaved: ofClaude },
  }),
  subject({ name: 'google', ...ofGoogle }),
  subject({ name: 'google-vertex', ...ofGoogle }),
  subject({
    ...{
      name: 'amazon-bedrock',
      fixture: converse,
      refusals: refusals.bedrock,
      told: refusals.bedrockToldAmid,
    },
    model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    models: [
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'eu.anthropic.claude-opus-4-6-v1',
      'openai.gpt-oss-120b-1:0',
    ],
    ...{
      efforts: ['low', 'medium', 'high', 'max', 'none'],
      budgetName: 'maxTokens',
      spentWord: 'max_tokens',
    },
    ...{ written: true, interleaved: ofClaude },
    cutAt: (bytes) => bytes.indexOf('hanks.') - 100,
  }),
  subject({ name: 'azure', refusals: refusals.azure, models: ['my-gpt'], ...ofResponses }),
  chat('azure', {
    ...{ name: 'azure, dated', adapter: 'azure', apiVersion: '2024-10-21', refusals: refusals.azure },
    ...{ models: ['my-gpt'], efforts: openaiEfforts },
  }),
  chat('mistral', { refusals: ofChat.mistral, efforts: ['none', 'high'], interleaved: ofThinkers }),
  subject({
    ...{ name: 'cohere', fixture: cohereChat, refusals: refusals.cohere, spentWord: 'MAX_TOKENS' },
    // Amid a stream it says no more than that there was an error.
    ...{ told: [], efforts: ['none'], interleaved: ofThinkers },
  }),
  chat('groq', {
    ...{ refusals: ofChat.groq, efforts: ['none', 'default', 'low', 'medium', 'high'] },
    interleaved: ofThinkers,
  }),
  subject({
    ...{ name: 'xai', refusals: refusals.xai, ...ofResponses, fixture: xaiResponses, written: false },
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
  }),
  chat('deepseek', {
    ...{ refusals: ofChat.deepseek, efforts: ['none', 'low', 'high', 'max'], interleaved: ofThinkers },
  }),
  chat('togetherai', { refusals: ofChat.togetherai, efforts: ['low', 'medium', 'high'] }),
  chat('compatible', {
    ...{ name: 'openai-compatible', adapter: 'openai-compatible', refusals: refusals.openai },
    ...{ efforts: openaiEfforts, written: true },
    interleaved: [thoughtBlock('Both.', 'sealed-1'), ...ofThinkers.slice(1)],
  }),
];
