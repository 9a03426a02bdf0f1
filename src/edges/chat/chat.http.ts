import type { HttpEndpoint } from '../../server/http-api.ts';
import type { RoutedApi } from '../common/api.ts';
import { openaiError } from '../common/openai-error.ts';
import { createRoutedEndpoint, type RoutedParts } from '../common/routed-endpoint.http.ts';
import { chatCompletion } from './chat-answer.ts';
import { chatStream } from './chat-stream.ts';
import { parseChat, type ChatCall } from './parse-chat.ts';
import { renameForChat } from './rename.ts';

const chat: RoutedApi<ChatCall> = {
  parse: parseChat,
  whole: chatCompletion,
  wants: 'all',
  stream: chatStream,
  fault: openaiError,
  rename: renameForChat,
};

/** `POST /v1/chat/completions`. */
export function createChatEndpoint(parts: RoutedParts): HttpEndpoint {
  return createRoutedEndpoint(chat, parts);
}
