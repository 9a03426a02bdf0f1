import type { HttpEndpoint } from '../../server/http-api.ts';
import { createRoutedEndpoint, type RoutedParts } from '../common/routed-endpoint.http.ts';
import { responsesApi } from './responses-api.ts';

/** `POST /v1/responses`. */
export function createResponsesEndpoint(parts: RoutedParts): HttpEndpoint {
  return createRoutedEndpoint(responsesApi, parts);
}
