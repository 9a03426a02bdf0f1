import { parseRouteRequest } from '../../routing/request/parse-request.ts';
import type { HttpAsked, HttpEndpoint } from '../../server/http-api.ts';
import { ExpectedError } from '../../system/expected-error.ts';
import { requireSound } from '../../system/input/reader.ts';
import { isJsonObject } from '../../system/json.ts';
import { estimateInputTokens } from '../../providers/estimate-tokens.ts';
import { anthropicError } from '../common/anthropic-error.ts';
import { faultOfError } from '../common/fault-of.ts';
import { refuseIn, sendFault, sendJson } from '../common/fault.http.ts';
import { JsonReader, ParameterError } from '../common/json-reader.ts';
import { createRoutedEndpoint, type RoutedParts } from '../common/routed-endpoint.http.ts';
import { messagesApi } from './messages-api.ts';
import { parseCounted } from './parse-messages-request.ts';
import { renameForMessages } from './rename.ts';

/** `POST /v1/messages`. */
export function createMessagesEndpoint(parts: RoutedParts): HttpEndpoint {
  return createRoutedEndpoint(messagesApi, parts);
}

/** `POST /v1/messages/count_tokens`: by our estimate, since no model is called. */
export function createCountEndpoint({ catalog }: Pick<RoutedParts, 'catalog'>): HttpEndpoint {
  function count({ body, request }: HttpAsked): number {
    if (!isJsonObject(body)) throw new ParameterError('The body must be a JSON object.', []);
    const { input } = parseCounted(new JsonReader(body), request.headers, catalog());
    return estimateInputTokens(requireSound(parseRouteRequest(input)));
  }

  return {
    methods: ['POST'],
    isRouted: false,
    refuse: refuseIn(() => anthropicError),
    answer(asked) {
      try {
        sendJson(asked.response, 200, { input_tokens: count(asked) });
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        sendFault(asked.response, faultOfError(error, renameForMessages), anthropicError);
      }
      return Promise.resolve();
    },
  };
}
