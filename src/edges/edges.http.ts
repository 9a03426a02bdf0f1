import type { HttpApi, HttpEndpoint } from '../server/http-api.ts';
import type { Random } from '../system/random.ts';
import { createChatEndpoint } from './chat/chat.http.ts';
import { anthropicError, speaksAnthropic } from './common/anthropic-error.ts';
import { refuseIn } from './common/fault.http.ts';
import { openaiError } from './common/openai-error.ts';
import type { RoutedParts } from './common/routed-endpoint.http.ts';
import { createEmbeddingsEndpoint } from './embeddings/embeddings.http.ts';
import { createCountEndpoint, createMessagesEndpoint } from './messages/messages.http.ts';
import { createModelsEndpoint, type ModelsParts } from './models/models.http.ts';
import { createResponsesEndpoint } from './responses/responses.http.ts';

/** What the edges stand on. */
export interface EdgeParts extends RoutedParts, ModelsParts {
  readonly random: Pick<Random, 'uuid'>;
}

/** Where all of them are. */
const PREFIX = '/v1/';
const MODEL = '/v1/models/';
const MESSAGES = '/v1/messages';

/** The APIs that clients already speak. */
export function createEdges(parts: EdgeParts): HttpApi {
  const endpoints = new Map<string, HttpEndpoint>([
    ['/v1/chat/completions', createChatEndpoint(parts)],
    ['/v1/embeddings', createEmbeddingsEndpoint(parts)],
    ['/v1/messages', createMessagesEndpoint(parts)],
    ['/v1/messages/count_tokens', createCountEndpoint(parts)],
    ['/v1/responses', createResponsesEndpoint(parts)],
    ['/v1/models', createModelsEndpoint(parts)],
  ]);
  return {
    requestId: () => `req_${parts.random.uuid().replaceAll('-', '')}`,
    at(path) {
      if (path.startsWith(MODEL)) {
        const id = decode(path.slice(MODEL.length));
        return id === undefined || id === '' ? nothing : createModelsEndpoint(parts, id);
      }
      return endpoints.get(path) ?? (path.startsWith(PREFIX) ? nothing : undefined);
    },
  };
}

/** A path of theirs at which nothing is. */
const nothing: HttpEndpoint = {
  methods: [],
  isRouted: false,
  refuse: refuseIn(({ request: { url = '', headers } }) =>
    url.startsWith(MESSAGES) || speaksAnthropic(headers) ? anthropicError : openaiError,
  ),
  answer: () => Promise.resolve(),
};

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // No name of a model.
    return undefined;
  }
}
