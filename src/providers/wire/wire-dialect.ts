import type { Adapter } from '../provider.ts';
import { chatCompletions } from './chat-completions.ts';
import { generateContent } from './generate-content.ts';
import { messages } from './messages.ts';
import { responses } from './responses.ts';
import type { WireDialect } from './wire.ts';

/** What each adapter that is called through the SDK hears on the wire. */
export const wireDialects: Readonly<Record<Exclude<Adapter, 'simulated'>, WireDialect>> = {
  openai: responses,
  anthropic: messages,
  google: generateContent,
  mistral: chatCompletions,
  cohere: chatCompletions,
  groq: chatCompletions,
  xai: chatCompletions,
  deepseek: chatCompletions,
  togetherai: chatCompletions,
  'openai-compatible': chatCompletions,
};
