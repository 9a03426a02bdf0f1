import { isDatedAzure } from '../adapter-settings.ts';
import type { SdkConnection } from '../provider.ts';
import { chatCompletions } from './chat-completions.ts';
import { cohereChat } from './cohere-chat.ts';
import { converse } from './converse.ts';
import { generateContent } from './generate-content.ts';
import { messages } from './messages.ts';
import { deepseekChat, groqChat, mistralChat } from './own-chat.ts';
import { responses } from './responses.ts';
import type { WireDialect } from './wire.ts';
import { xaiResponses } from './xai-responses.ts';

/** What each adapter that is called through the SDK hears on the wire. */
export const wireDialects: Readonly<Record<SdkConnection['adapter'], WireDialect>> = {
  openai: responses,
  anthropic: messages,
  google: generateContent,
  mistral: mistralChat,
  cohere: cohereChat,
  groq: groqChat,
  xai: xaiResponses,
  deepseek: deepseekChat,
  togetherai: chatCompletions,
  'amazon-bedrock': converse,
  azure: responses,
  'google-vertex': generateContent,
  'openai-compatible': chatCompletions,
};

/** What a connection hears. A dated version of Azure's API has Chat Completions alone for every deployment. */
export function wireOf({ adapter, settings }: SdkConnection): WireDialect {
  return isDatedAzure(adapter, settings) ? chatCompletions : wireDialects[adapter];
}
