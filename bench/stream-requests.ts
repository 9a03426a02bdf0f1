import { key, routeVariables, type Stage } from './route-stage.ts';

/** A request that is answered by a stream of events. */
export interface StreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** What stands in the event of a token, and in no other. */
  readonly token: RegExp;
  /** What stands in the last events of a stream that came to its end. */
  readonly end: string;
}

const headers = {
  'content-type': 'application/json',
  authorization: `Bearer ${key}`,
  accept: 'text/event-stream',
};

const subscription = `subscription Stream($input: RouteInput!) {
  routeStream(input: $input) {
    __typename
    ... on RouteDecided { decision { id } }
    ... on AttemptStarted { position providerSlug modelSlug }
    ... on TextDelta { text }
    ... on RouteCompleted { completion { text usage { outputTokens costUsd } } }
    ... on RouteFailed { error { message code } }
  }
}`;

/** Through the API of Chat Completions at an origin: the server's, or the provider's own. */
export function chatStream(
  { origins }: Pick<Stage, 'origins'>,
  at: keyof Stage['origins'] = 'server',
): StreamRequest {
  const messages = [{ role: 'user', content: 'Say hello.' }];
  const body = { model: 'bench/model', stream: true, messages };
  return {
    url: `${origins[at]}/v1/chat/completions`,
    headers,
    body,
    token: /"content":"[^"]/,
    end: '[DONE]',
  };
}

/** Through the subscription. */
export function subscribed({ origins }: Pick<Stage, 'origins'>): StreamRequest {
  const body = { query: subscription, variables: routeVariables };
  return { url: `${origins.server}/graphql`, headers, body, token: /"TextDelta"/, end: '"RouteCompleted"' };
}
