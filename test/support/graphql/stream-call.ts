import { expect } from 'vitest';
import { adminKey, type Asked } from './client.ts';
import { sayHello } from './route-call.ts';

/** Streams a call, and asks for all that its events tell. */
export const routeStreamSubscription = `subscription ($input: RouteInput!) {
  routeStream(input: $input) {
    __typename
    ... on RouteDecided { decision { id status attempts { position } plan { ranked { providerSlug } } } }
    ... on AttemptStarted { position providerSlug modelSlug }
    ... on TextDelta { text }
    ... on RouteCompleted {
      degraded
      decision { id status auditSeq costUsd attempts { providerSlug status latencyMs timeToFirstTokenMs } }
      completion {
        text finishReason toolCalls { name arguments } usage { inputTokens outputTokens costUsd isEstimated } model { key }
      }
    }
    ... on RouteFailed {
      deliveredText
      error {
        __typename message code
        ... on StreamInterrupted { failureClass decision { id status attempts { providerSlug status failureClass } } }
        ... on AttemptsExhausted { decision { id status attempts { providerSlug failureClass } } }
        ... on NoEligibleModel { decision { id status } }
        ... on InvalidInput { issues { path } }
        ... on RateLimited { retryAfterMs }
        ... on Unavailable { retryAfterMs }
      }
    }
  }
}`;

/** An event as `routeStreamSubscription` shows it; what a test looks at is matched as a whole. */
export interface ShownEvent {
  readonly __typename: string;
  readonly text?: string;
  readonly decision?: {
    readonly id: string;
    readonly status: string;
    readonly plan?: { readonly ranked: readonly object[] };
  };
  readonly [field: string]: unknown;
}

/** A streamed call over server-sent events, read as slowly as it is iterated. */
export interface SseCall extends AsyncIterable<ShownEvent> {
  /** Leaves: cuts the connection. */
  leave(): void;
}

/** Sends a subscription with `Accept: text/event-stream`. Errors of the operation are thrown as they were told. */
export function subscribeBySse(
  { url, key, query = routeStreamSubscription }: { url: string; key: string; query?: string },
  variables: object,
): SseCall {
  const leaving = new AbortController();
  async function* events(): AsyncGenerator<ShownEvent> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        ...{ accept: 'text/event-stream', 'content-type': 'application/json' },
        authorization: `Bearer ${key}`,
      },
      body: JSON.stringify({ query, variables }),
      signal: leaving.signal,
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    let unread = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (unread + chunk).split('\n\n');
      unread = blocks.pop()!;
      for (const block of blocks) {
        const data = /^data: ([^\n]+)/m.exec(block)?.[1];
        if (!/^event: next$/m.test(block) || data === undefined) continue;
        const answer = JSON.parse(data) as { data?: Record<string, ShownEvent> | null; errors?: unknown };
        if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
        for (const event of Object.values(answer.data!)) yield event;
      }
    }
  }
  return { leave: () => leaving.abort(), [Symbol.asyncIterator]: () => events() };
}

/** Streams one call, the admin's unless it is said whose. */
export function routeStream({ url }: Asked, input: object = {}, key = adminKey): SseCall {
  return subscribeBySse({ url, key }, { input: sayHello(input) });
}

/** All events of a stream, to its end. */
export async function allOf<Event>(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The events of a stream in a word each: what is said of attempts and texts, the names of the others. */
export function toldBy(events: readonly ShownEvent[]): string[] {
  return events.map(({ __typename, text, position, providerSlug }) => {
    if (__typename === 'TextDelta') return text!;
    return __typename === 'AttemptStarted' ? `${String(position)} ${String(providerSlug)}` : __typename;
  });
}
